//! Every input that fuzzing began with or found.

use std::fs;

use llm_bench::fuzzing;

#[test]
fn every_input_of_the_corpus_keeps_its_law() {
    for (target, check) in fuzzing::TARGETS {
        let folder = fuzzing::corpus(target);
        let mut files: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        for file in files {
            println!("{}", file.display());
            check(&fs::read(&file).unwrap());
        }
    }
}
