//! The page about adding a provider holds the files of its example, to the letter.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{Finding, source};
use crate::workspace::Workspace;

const PAGE: &str = "docs/adding-a-provider.md";
const FOLDER: &str = "tests/outside-provider/";

/// How a heading begins that names the file whose text follows.
const HEADING: &str = "### `";

/// Every file of the example stands on the page, and nothing else does.
pub(crate) fn check(workspace: &Workspace) -> Result<Finding> {
    let sources = source::files(workspace)?;
    let page = sources.iter().find(|file| file.path == PAGE);
    let page = page.with_context(|| format!("there is no {PAGE}"))?;
    let files: BTreeMap<&str, &str> = sources
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(FOLDER)?, file.text.as_str())))
        .filter(|(name, _)| *name != ".gitignore")
        .collect();
    let summary = format!("{} files of {FOLDER} in {PAGE}", files.len());
    Ok(Finding { summary, problems: compare(&blocks(&page.text), &files) })
}

/// The text of each file that a heading of the page names: the next block of code.
fn blocks(page: &str) -> BTreeMap<&str, String> {
    let mut blocks = BTreeMap::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some((name, _)) = line.strip_prefix(HEADING).and_then(|rest| rest.split_once('`'))
        else {
            continue;
        };
        let block = lines.by_ref().skip_while(|line| !line.starts_with("```")).skip(1);
        let block = block.take_while(|line| !line.starts_with("```"));
        blocks.insert(name, block.flat_map(|line| [line, "\n"]).collect());
    }
    blocks
}

fn compare(blocks: &BTreeMap<&str, String>, files: &BTreeMap<&str, &str>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, text) in files {
        match blocks.get(name) {
            None => problems.push(format!("{PAGE}: {FOLDER}{name} is missing; show it")),
            Some(block) if block != text => {
                let alike = block.lines().zip(text.lines()).take_while(|(a, b)| a == b).count();
                let line = alike + 1;
                problems.push(format!(
                    "{FOLDER}{name}:{line}: {PAGE} shows another text; copy the file into it"
                ));
            }
            Some(_) => {}
        }
    }
    let unknown = blocks.keys().filter(|name| !files.contains_key(*name));
    problems.extend(unknown.map(|name| format!("{PAGE}: there is no {FOLDER}{name}; remove it")));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# A page\n\n### `src/a.rs`\n\nWhy.\n\n```rust\n//! A.\nfn a() {}\n```\n\n\
                        ### `b.yaml` of the user\n\n```yaml\nb: 1\n```\n";

    #[test]
    fn a_page_that_shows_every_file_to_the_letter_has_no_problems() {
        let files = BTreeMap::from([("src/a.rs", "//! A.\nfn a() {}\n"), ("b.yaml", "b: 1\n")]);
        assert_eq!(compare(&blocks(PAGE), &files), Vec::<String>::new());
    }

    #[test]
    fn another_text_a_missing_file_and_one_too_many_are_found() {
        let files = BTreeMap::from([("src/a.rs", "//! A.\nfn a() { }\n"), ("c.rs", "//! C.\n")]);
        insta::assert_snapshot!(compare(&blocks(PAGE), &files).join("\n"), @r"
        docs/adding-a-provider.md: tests/outside-provider/c.rs is missing; show it
        tests/outside-provider/src/a.rs:2: docs/adding-a-provider.md shows another text; copy the file into it
        docs/adding-a-provider.md: there is no tests/outside-provider/b.yaml; remove it
        ");
    }
}
