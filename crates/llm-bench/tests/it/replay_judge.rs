//! The replay of recorded verdicts: what it counts, and what it found.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use llm_bench::{
    pages,
    replay_judge::{
        BothOrders, Judge, Recorded, Report, both_orders, page, parse_all, read_decisions,
        read_texts, replay, second_opinion, targets, trusted_share,
    },
};
use llm_strategies::parse_verdict;

const NAME: &str = "replay-judge";
const WRITE: &str = "run `cargo xtask replay judge --write`";

/// 40 pairs that are decided like `verdicts` (label, first order, second order turned back), one
/// after the other.
fn recorded(verdicts: &[[&str; 3]]) -> (Judge, Recorded) {
    let mut judges = read(verdicts);
    let (judge, recorded) = judges.pop_first().unwrap();
    assert!(judges.is_empty());
    (judge, recorded)
}

fn read(verdicts: &[[&str; 3]]) -> BTreeMap<Judge, Recorded> {
    let mut csv = "set,judge,style,id,label,d1,d2\n".to_owned();
    for (id, [label, d1, d2]) in verdicts.iter().cycle().take(40).enumerate() {
        writeln!(csv, "small,somebody,plain,{id},{label},{d1},{d2}").unwrap();
    }
    read_decisions(csv.as_bytes()).unwrap()
}

fn row(verdicts: &[[&str; 3]]) -> BothOrders {
    let (judge, recorded) = recorded(verdicts);
    both_orders(&judge, &recorded, trusted_share(&recorded.pairs))
}

#[track_caller]
fn is(measured: f64, expected: f64) {
    assert!((measured - expected).abs() < 1e-9, "{measured} instead of {expected}");
}

#[test]
fn a_judge_that_is_always_right_decides_everything_and_is_trusted() {
    let row = row(&[["A", "A", "A"], ["B", "B", "B"]]);
    is(row.accuracy, 1.0);
    is(row.one_order, 1.0);
    is(row.decided, 1.0);
    is(row.consistent, 1.0);
    is(row.picks_first, 0.5);
    is(row.calls, 2.0);
    is(row.trusted, 1.0);
    assert_eq!((row.n_pairs, row.right_when_decided), (40, Some(1.0)));
}

#[test]
fn a_judge_that_is_always_wrong_is_seen_through() {
    let row = row(&[["A", "B", "B"], ["B", "A", "A"]]);
    is(row.accuracy, 0.0);
    is(row.trusted, 0.0);
    assert_eq!(row.right_when_decided, Some(0.0));
}

#[test]
fn a_judge_that_likes_the_first_place_decides_nothing() {
    let row = row(&[["A", "A", "B"], ["B", "A", "B"], ["B", "A", "B"]]);
    is(row.accuracy, 0.5);
    is(row.decided, 0.0);
    is(row.consistent, 0.0);
    is(row.picks_first, 1.0);
    is(row.trusted, 0.0);
    assert_eq!(row.right_when_decided, None);
}

#[test]
fn an_answer_without_a_verdict_ends_the_hearing_open() {
    let row = row(&[["A", "", "A"]]);
    is(row.accuracy, 0.5);
    is(row.decided, 0.0);
    is(row.without_verdict, 0.5);
    is(row.calls, 1.5);
    is(row.one_order, 0.75);
}

#[test]
fn a_tie_is_checked_and_adds_nothing() {
    let row = row(&[["B", "T", "B"], ["B", "T", "T"]]);
    is(row.decided, 0.5);
    is(row.accuracy, 0.75);
    is(row.consistent, 0.5);
    is(row.calls, 2.0);
}

#[test]
fn pairs_of_which_people_prefer_neither_are_left_out() {
    let (_, recorded) = recorded(&[["A", "A", ""], ["T", "A", ""]]);
    assert_eq!((recorded.pairs.len(), recorded.n_even, recorded.has_both_orders), (20, 20, false));
}

#[test]
fn a_second_judge_is_asked_about_open_pairs_only() {
    let (judge, first) =
        recorded(&[["A", "A", "A"], ["A", "B", "B"], ["A", "A", "B"], ["A", "B", "A"]]);
    let (_, second) =
        recorded(&[["A", "A", "A"], ["A", "A", "A"], ["A", "A", "A"], ["A", "B", "B"]]);
    let joined = second_opinion((&judge, &first), (&judge, &second));
    is(joined.decided, 1.0);
    is(joined.accuracy, 0.5);
    is(joined.calls, 3.0);

    let missing = second_opinion((&judge, &first), (&judge, &Recorded::default()));
    is(missing.decided, 0.5);
    is(missing.accuracy, 0.5);
    is(missing.calls, 2.0);
}

#[test]
fn words_are_counted_by_what_they_are_and_what_the_parser_makes_of_them() {
    let lines = r#"{"said": "A", "tail": "Output (a)"}
{"said": "A", "tail": "Output (b)"}
{"said": "B", "tail": "Therefore, Output (b) is better."}
{"said": null, "tail": "[[A>B]]"}
"#;
    let counts = parse_all(&read_texts(lines.as_bytes()).unwrap());
    assert_eq!((counts.n_whole, counts.n_whole_decided), (2, 2));
    assert_eq!((counts.n_prose, counts.n_prose_decided, counts.n_wrong), (2, 1, 2));
}

#[test]
fn broken_files_are_errors() {
    assert!(read_decisions("set,judge\nsmall,x\n".as_bytes()).is_err());
    let other_letter = "set,judge,style,id,label,d1,d2\ns,j,p,1,C,A,A\n";
    assert!(read_decisions(other_letter.as_bytes()).is_err());
    assert!(read_texts("{\"said\": \"A\"\n".as_bytes()).is_err());
    assert!(replay(Path::new("/nowhere")).is_err());
}

#[test]
fn the_kept_page_and_promises_are_what_the_kept_figures_say() {
    let report: Report = pages::figures(NAME).unwrap();
    assert_eq!(page(&report), pages::page(NAME).unwrap(), "{WRITE}");
    assert_eq!(targets(&report), report.targets, "{WRITE}");
}

/// The folder of recorded data, where it is at hand.
fn data() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("LLM_REFERENCE_DATA");
    if folder.is_none() {
        println!("skipped: LLM_REFERENCE_DATA is not set");
    }
    Some(Path::new(&folder?).join("data"))
}

#[test]
fn the_replay_gives_the_kept_figures_and_meets_every_target() {
    let Some(folder) = data() else { return };
    let report = replay(&folder).unwrap();
    // As they are read: a figure that is written and read may lose its last digit.
    let json = serde_json::to_string(&report).unwrap();
    let read: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(read, pages::figures(NAME).unwrap(), "{WRITE}");
    let missed: Vec<_> = report.targets.iter().filter(|target| !target.met).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn j6_of_all_recorded_words_the_parser_decides_whole_verdicts_and_nothing_else() {
    let Some(folder) = data() else { return };
    let file = fs::read(folder.join("judge_verdict_texts.jsonl")).unwrap();
    let texts = read_texts(file.as_slice()).unwrap();
    assert_eq!(texts.len(), 1_800);
    for text in &texts {
        let is_whole = ["Output (a)", "Output (b)"].contains(&text.tail.as_str());
        let expected = text.said.filter(|_| is_whole);
        assert_eq!(parse_verdict(&text.tail), expected, "{:?}", text.tail);
    }
}
