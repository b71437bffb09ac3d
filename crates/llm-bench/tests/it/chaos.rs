//! Situations users know, with their promises; and the pages, which say what the data says.

use std::{
    fs,
    path::{Path, PathBuf},
};

use llm_bench::chaos::{Report, Situation, situations, situations_page, table_page, targets};

fn assert_kept(situation: &Situation) {
    assert!(!situation.promises.is_empty(), "{}", situation.title);
    for promise in &situation.promises {
        assert!(promise.met, "{}: {}, found {}", situation.title, promise.promise, promise.found);
    }
}

#[test]
fn a_model_that_works_forty_nine_times_of_fifty_keeps_its_traffic() {
    assert_kept(&situations::with_fallback(1, 15).unwrap());
}

#[test]
fn a_model_that_was_down_for_a_minute_is_left_alone_and_found_again() {
    for seed in 1..=3 {
        assert_kept(&situations::back_after_a_minute(seed).unwrap());
    }
}

#[test]
fn callers_at_once_lose_nothing_and_make_no_storm_when_a_server_dies() {
    assert_kept(&situations::callers_at_once(1, 200).unwrap());
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let once = situations::back_after_a_minute(7).unwrap();
    assert_eq!(once, situations::back_after_a_minute(7).unwrap());
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/benchmarks")
}

fn kept() -> Report {
    serde_json::from_str(&fs::read_to_string(folder().join("chaos.json")).unwrap()).unwrap()
}

#[test]
fn the_kept_targets_are_those_of_the_kept_figures() {
    let report = kept();
    assert_eq!(report.targets, targets(&report.cells, &report.cancellations));
}

#[test]
fn the_kept_figures_are_those_of_today() {
    let report = kept();
    let of_f = report.situations.iter().find(|situation| situation.id == "f").unwrap();
    let today = situations::back_after_a_minute(report.seed).unwrap();
    // Written and read, for reading a number may change its last digit.
    let today: Situation = serde_json::from_str(&serde_json::to_string(&today).unwrap()).unwrap();
    assert_eq!(*of_f, today, "the kept figures are old: run cargo xtask chaos --write");
}

#[test]
fn the_pages_say_what_the_data_says() {
    let read = |name: &str| fs::read_to_string(folder().join(name)).unwrap();
    let report = kept();
    let pages = [(table_page(&report), "chaos.md"), (situations_page(&report), "situations.md")];
    for (page, name) in pages {
        assert!(page == read(name), "{name} is not of the data: run cargo xtask chaos --write");
    }
}
