//! What is written down reads back the same, also what this crate has no name for.

use std::fmt::Debug;

use llm_core::{
    Attempt, AttemptOutcome, Billed, ChatRequest, ChatResponse, ErrorKind, Extras, FinishReason,
    Image, Message, ModelStatistics, Part, Reasoning, ResponseFormat, Retry, StreamEvent, Tool,
    ToolChoice,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::strategies;

#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn an_attempt_says_ok_or_the_kind() {
    let attempt = |outcome| Attempt::new("openrouter".into(), "acme/swift-8b".into(), outcome);
    assert_eq!(round_trip(&attempt(AttemptOutcome::Ok))["outcome"], "ok");
    for kind in ErrorKind::ALL {
        let outcome = AttemptOutcome::Failed(*kind);
        assert_eq!(round_trip(&attempt(outcome))["outcome"], kind.as_str());
        assert_eq!((outcome.as_str(), outcome.error()), (kind.as_str(), Some(*kind)));
    }
    assert_eq!(AttemptOutcome::Ok.error(), None);
}

#[test]
fn an_outcome_nobody_knows_is_an_error_that_names_it() {
    let error = serde_json::from_str::<AttemptOutcome>("\"solar_flare\"").unwrap_err();
    assert!(error.to_string().contains("unknown attempt outcome `solar_flare`"), "{error}");
    assert!(serde_json::from_str::<AttemptOutcome>("7").is_err());
}

#[test]
fn billing_is_written_as_it_is_printed() {
    for billed in [Billed::No, Billed::Maybe, Billed::Yes] {
        assert_eq!(round_trip(&billed), json!(billed.as_str()));
    }
}

#[test]
fn a_finish_reason_without_a_name_here_is_kept() {
    assert_eq!(round_trip(&FinishReason::Other("banana".to_owned())), json!("banana"));
    assert_eq!(serde_json::from_str::<FinishReason>("\"stop\"").unwrap(), FinishReason::Stop);
    assert_eq!(FinishReason::Other("banana".to_owned()).to_string(), "banana");
    let known = [
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ToolCalls,
        FinishReason::ContentFilter,
    ];
    for reason in known {
        assert_eq!(round_trip(&reason), json!(reason.as_str()));
    }
}

#[test]
fn parts_and_fields_nobody_knows_survive() {
    let strange = json!({"type": "hologram", "depth": 1e300, "of": [null, {"id": 18_446_744_073_709_551_615_u64}]});
    let request = ChatRequest::new([
        Message::system("Be brief."),
        Message::user_parts([Part::Other(strange.clone()), "and?".into()]),
        Message::tool_result("call_1", "42"),
    ])
    .with_extra("plugins", strange.clone());
    round_trip(&request);

    let mut response = ChatResponse::from_text("Hello");
    response.message.content.push(Part::Other(strange.clone()));
    response.message.extras = Extras::from_iter([("reasoning_details".to_owned(), strange)]);
    round_trip(&response);
    round_trip(&Message::Assistant(response.message));
}

#[test]
fn a_full_request_reads_back_the_same() {
    let schema = ResponseFormat::JsonSchema {
        name: "answer".to_owned(),
        schema: json!({"type": "object"}).into(),
        strict: true,
    };
    let mut request = ChatRequest::new([
        Message::user_parts([Image::url("data:,").into(), Image::base64("image/png", "AA").into()]),
        Message::assistant("Hello"),
    ])
    .with_tools([Tool::new("look", json!({})).with_description("finds it").with_strict(false)])
    .with_tool_choice(ToolChoice::Function("look".to_owned()))
    .with_response_format(schema)
    .with_temperature(0.1)
    .with_max_tokens(1)
    .with_reasoning(Reasoning::effort("high"));
    request.user = Some("someone".to_owned());
    request.parallel_tool_calls = Some(false);
    round_trip(&request);
}

#[test]
fn what_a_provider_says_about_trying_again_reads_back_the_same() {
    let after = std::time::Duration::from_millis(1_500);
    for retry in [Retry::Never, Retry::Now, Retry::After(after)] {
        round_trip(&retry);
    }
}

#[test]
fn statistics_of_an_earlier_version_read_with_what_they_have() {
    let old: ModelStatistics = serde_json::from_value(json!({"success_count": 3})).unwrap();
    assert_eq!((old.success_count, old.error_count, old.latency), (3, 0, None));
    round_trip(&old);
}

proptest! {
    #[test]
    fn answers_and_their_events_read_back_the_same(response in strategies::response()) {
        round_trip(&response);
        for event in response.into_events() {
            round_trip::<StreamEvent>(&event);
        }
    }
}
