//! Files with mistakes, each with what is said about it.

use std::{collections::BTreeSet, fs, path::PathBuf};

use llm_manager::config::{Code, Config, Diagnostic};

use super::{drawing::draw, environment};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/config")
}

/// Everything said about a file, whether it loads or not.
fn problems(name: &str) -> Vec<Diagnostic> {
    let text = fs::read_to_string(folder().join(format!("{name}.yaml"))).expect("fixture");
    let set = environment([("OPENROUTER_API_KEY", "sk-test-000"), ("A", "a")]);
    match Config::builder().text(format!("{name}.yaml"), text).environment(set).load() {
        Ok(config) => config.diagnostics().to_vec(),
        Err(error) => error.diagnostics,
    }
}

macro_rules! broken {
    ($($name:ident,)*) => {
        const NAMES: &[&str] = &[$(stringify!($name),)*];

        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(stringify!($name), draw(&problems(stringify!($name))));
            }
        )*
    };
}

broken! {
    a_list,
    alias_bomb,
    alias_taken,
    conflicting_timeouts,
    deprecated_key,
    duplicate_key,
    duplicate_model,
    empty_roles,
    env_syntax,
    env_unset,
    insecure_url,
    judge_is_candidate,
    judge_of_the_family,
    leads_out,
    literal_secret,
    missing_required,
    no_provider,
    not_available,
    one_model_for_two,
    one_named_for_two,
    only_comments,
    out_of_range,
    self_alias,
    syntax_bracket,
    syntax_tab,
    two_documents,
    unknown_enum,
    unknown_key,
    unknown_kind,
    unknown_model,
    unknown_provider,
    wrong_type,
}

#[test]
fn every_broken_file_is_looked_at() {
    let entries = fs::read_dir(folder()).expect("folder").map(|entry| entry.expect("entry").path());
    let files = entries.filter(|path| path.extension().is_some_and(|kind| kind == "yaml"));
    let found: BTreeSet<String> =
        files.map(|path| path.file_stem().expect("name").to_string_lossy().into_owned()).collect();
    assert_eq!(found, NAMES.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_code_is_shown_by_a_broken_file() {
    let shown: BTreeSet<Code> =
        NAMES.iter().flat_map(|name| problems(name)).map(|problem| problem.code).collect();
    // These two need a file system: see `files`.
    let elsewhere = [Code::NotFound, Code::Unreadable];
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| !shown.contains(code) && !elsewhere.contains(code))
        .collect();
    assert_eq!(missing, Vec::<&Code>::new());
}

#[test]
fn what_is_said_is_one_line_that_names_place_code_and_remedy() {
    for problem in NAMES.iter().flat_map(|name| problems(name)) {
        let line = problem.to_string();
        assert!(!line.contains('\n'), "{line}");
        assert!(line.contains(problem.code.as_str()), "{line}");
        assert!(problem.help.as_ref().is_some_and(|help| !help.is_empty()), "{line}");
        let first = problem.message.chars().next().expect("a message");
        assert!(!first.is_uppercase(), "{line}");
    }
}
