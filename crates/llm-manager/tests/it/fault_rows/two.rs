//! Rows 84 to 86: two models at once.

use std::sync::Arc;

use futures_util::StreamExt;
use llm_core::{JudgementStatus, ModelRole, Outcome};
use llm_strategies::{
    BestOfTwo, CallOptions, Engine, EngineSettings, FaultEnd, LlmEvaluator, Target, faults,
};
use llm_testkit::simulator::{ModelScript, Reply, Simulator, SimulatorConfig, Verdict};

use super::{
    everywhere::{settle, tried},
    lab::model,
};
use crate::dialects::{self, ON};

const FIRST: &str = "acme/first";
const SECOND: &str = "acme/second";
const JUDGE: &str = "jury/judge";
const CHAIN: &str = "last/resort";

fn saying(name: &str) -> ModelScript {
    ModelScript::new(name).with_answer(format!("from {name}"))
}

fn failing(name: &str) -> ModelScript {
    ModelScript::new(name).with_reply(Reply::status(500))
}

/// Two models with these scripts, a judge and a last resort: asked once for a whole answer and once
/// for a stream, each with and without streams from the provider, in each dialect. The upstream of
/// each.
async fn both(row: u8, models: [ModelScript; 3], look: impl Fn(&Outcome, &Simulator)) {
    let forms = [(true, false), (false, false), (true, true), (false, true)];
    let each = ON.iter().flat_map(|dialect| forms.map(|form| (*dialect, form)));
    for (dialect, (upstream_stream, caller_streams)) in each {
        tried(row, dialect);
        let all = models.iter().cloned().chain([saying(CHAIN)]);
        let config = SimulatorConfig::default().with_dialect(dialect).with_models(all);
        let simulator = Simulator::start(config).unwrap();
        let provider = dialects::provider(dialect, &simulator.base_url());
        let roles = [
            (FIRST, ModelRole::Primary),
            (SECOND, ModelRole::Primary),
            (JUDGE, ModelRole::Duplicate),
            (CHAIN, ModelRole::Fallback),
        ];
        let targets = roles.map(|(name, role)| {
            let mut target = Target::new(model(dialect, name), Arc::clone(&provider), Some(role));
            target.upstream_stream = upstream_stream;
            target
        });
        let mut settings = EngineSettings::default();
        settings.retry_attempts = 0;
        let engine = Engine::new(settings, targets.to_vec());
        let strategy = Arc::new(BestOfTwo::new(Arc::new(LlmEvaluator::new(7))));
        let options = CallOptions::default();
        let outcome = if caller_streams {
            let mut stream = engine.stream(strategy, "Hi".into(), options);
            while let Some(event) = stream.next().await {
                event.unwrap();
            }
            stream.into_outcome().unwrap()
        } else {
            engine.generate(&*strategy, "Hi".into(), &options).await.unwrap()
        };
        look(&outcome, &simulator);
    }
}

fn kinds(outcome: &Outcome, name: &str) -> Vec<&'static str> {
    let attempts = outcome.attempts().iter().filter(|attempt| attempt.model == *name);
    attempts.map(|attempt| attempt.outcome.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn row_84_judge_fails() {
    assert!(matches!(faults()[83].end, FaultEnd::Handled(_)));
    let fails = Reply::status(500);
    let judges = [
        ModelScript::new(JUDGE).with_reply(fails),
        ModelScript::new(JUDGE).with_reply(Reply::hang()),
        ModelScript::new(JUDGE).with_verdict(Verdict::Prose),
    ];
    for judge in judges {
        both(84, [saying(FIRST), saying(SECOND), judge], |outcome, simulator| {
            let judgement = outcome.history.judgement.as_ref().unwrap();
            assert_eq!(judgement.status, JudgementStatus::Failed, "{judgement:?}");
            // Nothing else tells them apart: the order decides.
            assert_eq!(outcome.text(), "from acme/first");
            assert!(!simulator.calls_to(JUDGE).is_empty() && !judgement.attempts.is_empty());
            assert!(simulator.calls_to(CHAIN).is_empty());
        })
        .await;
    }
    settle(84);
}

#[tokio::test(start_paused = true)]
async fn row_85_one_of_two_fails() {
    assert!(matches!(faults()[84].end, FaultEnd::Handled(_)));
    both(85, [failing(FIRST), saying(SECOND), saying(JUDGE)], |outcome, simulator| {
        assert_eq!(outcome.text(), "from acme/second");
        assert_eq!(kinds(outcome, FIRST), ["upstream_server"]);
        assert!(simulator.calls_to(JUDGE).is_empty(), "not judged");
        assert!(simulator.calls_to(CHAIN).is_empty());
    })
    .await;
    settle(85);
}

#[tokio::test(start_paused = true)]
async fn row_86_both_of_two_fail() {
    assert!(matches!(faults()[85].end, FaultEnd::Handled(_)));
    both(86, [failing(FIRST), failing(SECOND), failing(JUDGE)], |outcome, simulator| {
        assert_eq!(outcome.text(), "from last/resort");
        assert_eq!(kinds(outcome, FIRST), ["upstream_server"]);
        assert_eq!(kinds(outcome, SECOND), ["upstream_server"]);
        assert_eq!(simulator.calls_to(CHAIN).len(), 1);
    })
    .await;
    settle(86);
}
