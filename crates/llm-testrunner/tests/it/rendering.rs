//! How a report looks, in every form.

use llm_testrunner::{Report, TableStyle};
use unicode_width::UnicodeWidthStr;

use crate::example;

#[tokio::test(start_paused = true)]
async fn table_of_100_columns() {
    let table = example::report().await.render_table(TableStyle::default());
    assert_fits(&table, 100);
    insta::assert_snapshot!(table);
}

#[tokio::test(start_paused = true)]
async fn table_of_60_columns() {
    let style = TableStyle { width: 60, ..TableStyle::default() };
    let table = example::report().await.render_table(style);
    assert_fits(&table, 60);
    insta::assert_snapshot!(table);
}

#[tokio::test(start_paused = true)]
async fn table_in_ascii() {
    let style = TableStyle { ascii: true, ..TableStyle::default() };
    let table = example::report().await.render_table(style);
    assert!(table.is_ascii());
    insta::assert_snapshot!(table);
}

#[tokio::test(start_paused = true)]
async fn table_of_a_smoke_run() {
    insta::assert_snapshot!(example::smoke().await.render_table(TableStyle::default()));
}

#[tokio::test(start_paused = true)]
async fn columns_drop_from_the_right_and_status_model_and_good_stay() {
    let report = example::report().await;
    let mut last = usize::MAX;
    for width in (40..=120).rev() {
        let table = report.render_table(TableStyle { width, ..TableStyle::default() });
        let head = table.lines().find(|line| line.starts_with(" STATUS")).unwrap();
        for column in ["STATUS", "MODEL", "GOOD"] {
            assert!(head.contains(column), "{width}: {head}");
        }
        let n_columns = head.split_whitespace().count();
        assert!(n_columns <= last, "{width}: {head}");
        last = n_columns;
    }
}

#[tokio::test(start_paused = true)]
async fn colour_is_only_added() {
    let report = example::report().await;
    let plain = report.render_table(TableStyle::default());
    let coloured = report.render_table(TableStyle { color: true, ..TableStyle::default() });
    assert!(coloured.contains("\u{1b}[32m● ok"));
    let mut stripped = coloured;
    for code in ["32", "33", "31", "90", "0"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}

#[tokio::test(start_paused = true)]
async fn markdown() {
    insta::assert_snapshot!(example::report().await.render_markdown());
}

#[tokio::test(start_paused = true)]
async fn json() {
    insta::assert_snapshot!(example::smoke().await.render_json());
}

#[tokio::test(start_paused = true)]
async fn the_json_alone_renders_the_rest() {
    let report = example::report().await;
    let read: Report = serde_json::from_str(&report.render_json()).unwrap();
    assert_eq!(read, report);
    assert_eq!(read.render_markdown(), report.render_markdown());
}

fn assert_fits(table: &str, width: usize) {
    for line in table.lines() {
        // An id is never broken, so that it can be copied.
        let longest_word = line.split_whitespace().map(UnicodeWidthStr::width).max().unwrap_or(0);
        assert!(
            line.width() <= width || longest_word > width / 2,
            "{} columns: {line}",
            line.width()
        );
    }
}
