//! Whatever models and providers say, nothing of it acts on whoever reads the report.

use std::sync::Arc;

use llm_core::{Error, ErrorKind, ModelRole};
use llm_testkit::fakes::{ScriptedProvider, Step};
use llm_testrunner::{Profile, Report, TableStyle};
use proptest::prelude::*;

use crate::support::{json_answer, ms, options, paced, runner, target};

/// A report in which every text of strangers is `text`.
fn report_of(text: &str) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (good, bad) = (format!("a{text}"), format!("b{text}"));
        let mut steps = vec![paced(ms(300), ms(50)); 6];
        steps.extend([json_answer(text), Step::answer(text)]);
        // Set as it is: an error's own message is not redacted, a provider's words would be.
        let error = Error::new(ErrorKind::UpstreamServer, text);
        let provider = Arc::new(
            ScriptedProvider::new("mock")
                .with_model(good.as_str(), steps)
                .with_model(bad.as_str(), [Step::fail(error)]),
        );
        let mut targets = vec![
            target(&provider, &good, ModelRole::Primary),
            target(&provider, &bad, ModelRole::Primary),
            target(&provider, &format!("c{text}"), ModelRole::Reserve),
        ];
        for target in &mut targets {
            target.place = Some(text.to_owned());
        }
        runner(targets, options(Profile::Standard)).test_all_models().await
    })
}

fn renderings(report: &Report) -> Vec<String> {
    let style = TableStyle::default();
    vec![
        report.render_table(style),
        report.render_table(TableStyle { width: 40, ascii: true, ..style }),
        report.render_markdown(),
        report.render_json(),
        report.render_model_roles(),
    ]
}

fn acts(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[test]
fn o03_marks_of_every_language_are_shown_and_not_obeyed() {
    let text = "x|y`z`<script>alert(1)</script>\u{1b}]52;c;AAAA\u{7}\u{202e}evil\r\n| a | b |\n# head\u{9b}31m";
    let report = report_of(text);
    for rendering in renderings(&report) {
        assert!(!rendering.contains(acts), "{rendering:?}");
    }
    let markdown = report.render_markdown();
    assert!(!markdown.contains("\n# head"));
    // Inside code a tag is text; outside of it it is escaped. The block of YAML is all code: no
    // line in it can end it.
    let (before, block) = markdown.split_once("```yaml\n").unwrap();
    let (block, after) = block.split_once("\n```\n").unwrap();
    assert!(!block.contains("```"));
    let markdown = format!("{before}{after}");
    for line in markdown.lines().filter(|line| line.contains("<script>")) {
        let outside: String = outside_code(line);
        assert!(!outside.contains("<script>"), "{line}");
    }
    for line in markdown.lines().filter(|line| line.starts_with('|')) {
        let cells = line.replace("\\|", "").matches('|').count();
        assert!([3, 6, 17].contains(&cells), "{cells} borders: {line}");
    }
}

/// What stands outside code spans, as Markdown reads them.
fn outside_code(line: &str) -> String {
    let letters: Vec<char> = line.chars().collect();
    let run = |from: usize| letters[from..].iter().take_while(|letter| **letter == '`').count();
    let (mut at, mut outside) = (0, String::new());
    while at < letters.len() {
        let fence = if at > 0 && letters[at - 1] == '\\' { 0 } else { run(at) };
        let mut end = at + fence;
        while fence > 0 && end < letters.len() && run(end) != fence {
            end += run(end).max(1);
        }
        if fence > 0 && end < letters.len() {
            at = end + fence;
        } else {
            outside.push(letters[at]);
            at += 1;
        }
    }
    outside
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_rendering_holds_a_raw_control_character(text in "(\\PC|\\pC|[|`<\\\\\u{1b}\u{202e}\r\n]){0,24}") {
        let report = report_of(&text);
        for rendering in renderings(&report) {
            prop_assert!(!rendering.contains(acts), "{:?}", rendering);
        }
        let read: Report = serde_json::from_str(&report.render_json()).unwrap();
        prop_assert_eq!(read, report);
    }
}
