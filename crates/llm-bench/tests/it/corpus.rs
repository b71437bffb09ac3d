//! Every input that fuzzing began with or found.

use std::{collections::BTreeSet, fs, path::Path};

use llm_bench::fuzzing;

#[test]
fn every_target_has_its_program_and_its_corpus_and_nothing_else_has() {
    let targets: BTreeSet<String> =
        fuzzing::TARGETS.iter().map(|(target, _)| (*target).to_owned()).collect();
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders: BTreeSet<String> = fs::read_dir(fuzz.join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, targets);
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let programs: BTreeSet<String> = manifest
        .split("[[bin]]")
        .skip(1)
        .filter_map(|table| table.split('"').nth(1).map(str::to_owned))
        .collect();
    assert_eq!(programs, targets);
}

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
