//! How the simulated models behave.

use std::time::Duration;

use llm_core::ModelRole;
use llm_testkit::simulator::{JsonMode, Latency, ModelScript, Reply, ToolMode};

/// The models of the embedded configuration: good ones, slow ones, shaky ones, one that is gone.
pub(super) fn embedded() -> Vec<ModelScript> {
    vec![
        // The catalogue lists it, nobody serves it.
        model("boreal/owl-retired", 20, 0).with_reply(Reply::status(404)),
        model("acme/swift-8b", 30, 1),
        model("acme/sage-70b", 60, 2)
            .with_answer(
                "A simulated answer of acme/sage-70b. Nobody was asked, nothing was sent and \
                 nothing was spent; it is longer than the others, which the judge likes.",
            )
            .with_reasoning_tokens(8)
            .with_price("0.0000005", "0.000002"),
        model("cirrus/lynx-judge", 50, 1),
        // Busy now and then, first at its third and fifth call.
        model("boreal/owl-large", 80, 2)
            .with_json(JsonMode::Fenced)
            .with_replies([
                Reply::answer(),
                Reply::answer(),
                Reply::rate_limited(Some(1)),
                Reply::answer(),
                Reply::status(503),
                Reply::answer(),
            ])
            .sometimes(0.1, Reply::status(503))
            .with_price("0.000003", "0.000015"),
        model("boreal/owl-mini:free", 40, 1).with_tools(ToolMode::Unsupported).with_price("0", "0"),
    ]
}

/// A model of the user's own configuration: the further down the chain, the slower; the last
/// resort is busy now and then.
pub(super) fn of_role(id: &str, role: Option<ModelRole>) -> ModelScript {
    match role {
        Some(ModelRole::Primary) | None => model(id, 30, 1),
        Some(ModelRole::Duplicate) => model(id, 60, 1),
        Some(ModelRole::Reserve) => model(id, 100, 2),
        Some(ModelRole::Fallback) => model(id, 40, 1).sometimes(0.1, Reply::rate_limited(Some(1))),
    }
}

/// A model that says who it is.
fn model(id: &str, first_token: u64, pace: u64) -> ModelScript {
    let answer =
        format!("A simulated answer of {id}. Nobody was asked, nothing was sent or spent.");
    ModelScript::new(id)
        .with_latency(Latency::LogNormal {
            median: Duration::from_millis(first_token),
            sigma: 0.15,
        })
        .with_pace(Duration::from_millis(pace))
        .with_answer(answer)
}
