//! What the log says: one line a failed attempt, one a request, and no word of what was said.

use std::{
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
};

use llm_core::{Error, ErrorKind};
use llm_strategies::{BestOfTwo, LlmEvaluator};
use llm_testkit::fakes::Step;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};

use crate::support::*;

/// Keeps every event as one line.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("llm_strategies")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Lines {
    /// Keeps what is logged from now on in this thread.
    fn listen() -> (Self, (tracing::Dispatch, DefaultGuard)) {
        let lines = Self::default();
        // With a single subscriber alive, what other tests log first would stay switched off here.
        let other = tracing::Dispatch::new(lines.clone());
        let guard = tracing::subscriber::set_default(lines.clone());
        (lines, (other, guard))
    }

    fn of(&self, level: Level) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().filter(|line| line.0 == level).map(|line| line.1.clone()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn every_failed_attempt_is_one_warning_without_content() {
    let (lines, _listening) = Lines::listen();
    let talkative = Error::new(ErrorKind::UpstreamServer, "answered 500")
        .with_status(500)
        .with_upstream_message("you said: CANARY-PROMPT");
    let provider =
        scripted([("p", vec![Step::fail(talkative)]), ("f", vec![Step::answer("CANARY-ANSWER")])]);
    let engine = engine(&provider, &[("p", Primary), ("f", LAST_RESORT)]);
    let request = "CANARY-PROMPT".into();
    let options = llm_strategies::CallOptions::default();
    let answered = engine.generate(&llm_strategies::Fallback, request, &options).await.unwrap();
    assert_eq!(story(answered.attempts()), "p:upstream_server p:upstream_server f:ok");
    assert_eq!(statistics(&engine, "p").error_count, 2);

    let warnings = lines.of(Level::WARN);
    assert_eq!(warnings.len(), 2, "{lines:?}");
    for (number, line) in (1..).zip(&warnings) {
        for field in ["kind=upstream_server", "model=p", "role=\"primary\"", "elapsed="] {
            assert!(line.contains(field), "{field} is missing in {line}");
        }
        assert!(line.contains(&format!("attempt={number}")), "{line}");
    }
    assert_eq!(lines.of(Level::INFO).len(), 1);
    let all = lines.0.lock().unwrap();
    assert!(all.iter().all(|line| !line.1.contains("CANARY")), "{all:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_caller_leaves_has_its_line_too() {
    let (lines, _listening) = Lines::listen();
    let provider = scripted([("p", vec![Step::hang()])]);
    let engine = engine(&provider, &[("p", Primary)]);
    tokio::time::timeout(seconds(1.0), ask(&engine)).await.unwrap_err();
    let said = lines.of(Level::INFO);
    assert_eq!(said.len(), 1, "{said:?}");
    for field in ["abandoned", "strategy=\"fallback\"", "attempts=1", "elapsed=1s"] {
        assert!(said[0].contains(field), "{field} is missing in {said:?}");
    }
    assert_eq!(lines.of(Level::WARN), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_judge_that_competes_is_a_warning() {
    let (lines, _listening) = Lines::listen();
    let provider = scripted([
        ("acme/a", vec![Step::answer("one")]),
        ("acme/b", vec![Step::answer("two")]),
        ("acme/j", vec![Step::answer("[[A>>B]]")]),
    ]);
    let engine =
        engine(&provider, &[("acme/a", Primary), ("acme/b", Primary), ("acme/j", Duplicate)]);
    let strategy = BestOfTwo::new(Arc::new(LlmEvaluator::new(1)));
    ask_with(&engine, &strategy).await.unwrap();
    assert_eq!(lines.of(Level::WARN), [""; 0], "one of the same family is a note only");
    provider.script("acme/b", [Step::answer("two"), Step::answer("[[A>>B]]")]);
    ask_with(&engine, &strategy.with_judge(model("acme/b"))).await.unwrap();
    let warnings = lines.of(Level::WARN);
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("the judge is one of the two candidates"), "{warnings:?}");
}
