//! What is left of a run that is stopped.

use std::{
    future::ready,
    sync::{Arc, Mutex},
};

use llm_core::ModelRole;
use llm_testkit::fakes::ScriptedProvider;
use llm_testrunner::{Profile, Progress, ProgressEvent, RunOptions, Status, TableStyle};
use tokio::time::sleep;

use crate::support::{five, model, ms, options, runner, standard, target};

#[tokio::test(start_paused = true)]
async fn a_stopped_run_reports_what_has_happened() {
    let provider = Arc::new(
        ScriptedProvider::new("mock")
            .with_model("a", standard(five(300)))
            .with_model("b", standard(five(300))),
    );
    let targets = vec![
        target(&provider, "a", ModelRole::Primary),
        target(&provider, "b", ModelRole::Primary),
    ];
    let options = RunOptions { concurrency: 1, ..options(Profile::Standard) };
    let runner = runner(targets, options);
    // Two warm-ups of 1.4 s, two calls, and the third in flight.
    let report = runner.test_models(&(), sleep(ms(4800))).await;
    assert!(report.partial);
    assert!((report.elapsed_ms - 4800.0).abs() < 1.0);
    let calls = provider.calls();
    assert_eq!(report.totals.calls, u32::try_from(calls.len()).unwrap());
    assert_eq!(
        calls.iter().filter(|call| call.was_dropped()).count(),
        1,
        "the call in flight was dropped"
    );
    let dropped: Vec<_> = report
        .models
        .iter()
        .flat_map(|model| &model.calls)
        .filter(|call| call.error_type.as_deref() == Some("cancelled"))
        .collect();
    assert_eq!(dropped.len(), 1);
    assert!(!report.totals.cost_complete, "a dropped call may be billed");
    for name in ["a", "b"] {
        let one = model(&report, name);
        assert_eq!((one.status, one.good), (Status::Ok, one.sent), "a dropped call says nothing");
    }
    assert!(report.render_table(TableStyle::default()).contains("PARTIAL"));
    assert!(report.render_markdown().contains("> PARTIAL"));
    assert_eq!(*runner.last_report().unwrap(), report);
}

#[tokio::test(start_paused = true)]
async fn a_run_stopped_at_once_calls_nobody() {
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("a", standard(five(300))));
    let runner =
        runner(vec![target(&provider, "a", ModelRole::Primary)], options(Profile::Standard));
    let report = runner.test_models(&(), ready(())).await;
    assert!(report.partial);
    assert!(provider.calls().is_empty());
    let one = model(&report, "a");
    assert_eq!(
        (one.status, one.skipped.as_ref().unwrap().reason.as_str()),
        (Status::Skipped, "cancelled")
    );
}

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Progress for Notes {
    fn event(&self, event: &ProgressEvent<'_>) {
        let note = match event {
            ProgressEvent::Planned(plan) => format!("planned {} calls", plan.calls),
            ProgressEvent::CallStarted { index, purpose } => {
                format!("{index} sends {}", purpose.as_str())
            }
            ProgressEvent::CallFinished { index, call } => {
                format!("{index} {}", call.verdict.as_str())
            }
            ProgressEvent::ModelFinished { index, model } => {
                format!("{index} done: {}", model.status.as_str())
            }
            _ => "other".to_owned(),
        };
        self.0.lock().unwrap().push(note);
    }
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_step_by_step() {
    let provider = Arc::new(ScriptedProvider::new("mock").with_model("a", standard(five(300))));
    let runner = runner(vec![target(&provider, "a", ModelRole::Primary)], options(Profile::Smoke));
    let notes = Notes::default();
    runner.test_models(&notes, std::future::pending()).await;
    assert_eq!(*notes.0.lock().unwrap(), ["planned 1 calls", "0 sends chat", "0 ok", "0 done: ok"]);
}
