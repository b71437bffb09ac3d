//! The error: one pointer, one line, no secret.

use std::{io, sync::Arc, time::Duration};

use llm_core::{
    Attempt, AttemptOutcome, Error, ErrorKind, ErrorLabel, Exclusion, ExclusionReason, Execution,
    History, ModelRole, Retry,
};
use proptest::prelude::*;

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "the provider has no capacity")
}

#[test]
fn an_error_is_one_pointer_wide() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<llm_core::Result<()>>(), size_of::<usize>());
}

#[test]
fn an_error_travels_between_threads_and_can_be_cloned() {
    fn travels<T: std::error::Error + Clone + Send + Sync + 'static>(_: &T) {}
    travels(&error(ErrorKind::Overloaded));
}

#[test]
fn display_is_place_kind_status_and_message() {
    let of = |error: Error| error.to_string();
    insta::assert_snapshot!(
        [
            of(Error::new(ErrorKind::Deadline, "")),
            of(error(ErrorKind::Overloaded)),
            of(error(ErrorKind::Overloaded).with_status(503)),
            of(error(ErrorKind::Overloaded)
                .with_origin(&"openrouter".into(), &"acme/swift-8b:free".into())
                .with_status(529)
                .with_upstream_message("Try again later")),
            of(Error::new(ErrorKind::UpstreamAuth, "").with_upstream_message("No auth")),
            of(error(ErrorKind::Overloaded).with_upstream_message(" \n ")),
        ]
        .join("\n"),
        @r"
    deadline
    overloaded: the provider has no capacity
    overloaded (status 503): the provider has no capacity
    openrouter:acme/swift-8b:free: overloaded (status 529): the provider has no capacity: Try again later
    upstream_auth: No auth
    overloaded: the provider has no capacity
    "
    );
}

#[test]
fn neither_display_nor_debug_shows_a_secret_or_an_address() {
    let upstream = "Incorrect API key provided: sk-or-v1-00CANARY00. \
                    Authorization: Bearer CANARY0123 at https://api.example.com/v1?key=CANARY \
                    via 10.0.0.7:8443\r\n\u{1b}[31m\u{202e}CANARY=hidden";
    let error = Error::new(ErrorKind::UpstreamAuth, "the provider rejected the key")
        .with_status(401)
        .with_request_id("sk-or-v1-00CANARY00")
        .with_upstream_message(upstream);
    for shown in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        for leak in ["00CANARY00", "CANARY0123", "key=CANARY", "example.com", "10.0.0.7", "\u{1b}"]
        {
            assert!(!shown.contains(leak), "{leak} in {shown}");
        }
        assert!(!shown.contains('\u{202e}'));
    }
    assert!(error.to_string().contains("Incorrect API key provided"));
}

proptest! {
    #[test]
    fn display_is_one_line_whatever_a_name_or_a_provider_holds(
        message in any::<String>(),
        upstream in any::<String>(),
        model in any::<String>(),
    ) {
        let shown = Error::new(ErrorKind::ModelNotFound, message)
            .with_origin(&"openrouter".into(), &model.into())
            .with_upstream_message(&upstream)
            .to_string();
        prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}

#[test]
fn names_cannot_steer_a_terminal() {
    let model = "acme/\u{1b}]52;c;AAAA\u{7}\r\n\u{202e}8b".into();
    let shown = Error::new(ErrorKind::ModelNotFound, "no such model")
        .with_origin(&"openrouter".into(), &model)
        .to_string();
    assert_eq!(shown, "openrouter:acme/ ]52;c;AAAA    8b: model_not_found: no such model");
}

#[test]
fn request_ids_of_providers_are_kept() {
    let ids = [
        "gen-1759000000-AbCdEfGhIjKlMnOpQrSt",
        "req_0123456789abcdef0123456789abcdef",
        "550e8400-e29b-41d4-a716-446655440000",
        "chatcmpl-123",
    ];
    for id in ids {
        assert_eq!(error(ErrorKind::Overloaded).with_request_id(id).request_id(), Some(id));
    }
}

#[test]
fn what_is_no_request_id_is_not_kept_as_one() {
    let shown = |id: &str| {
        let error = error(ErrorKind::Overloaded).with_request_id(id);
        error.request_id().map(str::to_owned)
    };
    assert_eq!(shown("sk-or-v1-0123456789abcdef").as_deref(), Some("[redacted]"));
    assert_eq!(shown("https://example.com/?key=1").as_deref(), Some("[address]"));
    assert_eq!(shown("a\r\nb\u{202e}").as_deref(), Some("a b"));
    assert_eq!(shown(&"a".repeat(5_000)).map(|id| id.chars().count()), Some(200));
}

#[test]
fn every_429_is_a_rate_limit() {
    for kind in ErrorKind::ALL {
        assert_eq!(error(*kind).label(), kind.label());
        assert_eq!(error(*kind).with_status(500).label(), kind.label());
        assert_eq!(error(*kind).with_status(429).label(), ErrorLabel::RateLimit);
    }
    let quota = error(ErrorKind::QuotaExhausted).with_status(429);
    assert!(!quota.is_retryable(), "the label is for people, the kind decides");
}

#[test]
fn the_word_of_the_provider_wins_over_the_kind() {
    let retryable = |error: Error| error.is_retryable();
    assert!(retryable(error(ErrorKind::Overloaded)));
    assert!(!retryable(error(ErrorKind::Overloaded).with_retry(Retry::Never)));
    assert!(!retryable(error(ErrorKind::InvalidRequest)));
    assert!(retryable(error(ErrorKind::InvalidRequest).with_retry(Retry::Now)));
    let after = Retry::After(Duration::from_secs(2));
    let hinted = error(ErrorKind::QuotaExhausted).with_retry(after);
    assert_eq!((hinted.retry(), hinted.is_retryable()), (Some(after), true));

    assert_eq!(error(ErrorKind::StreamCut).execution(), Execution::Maybe);
    let after_a_token = error(ErrorKind::StreamCut).with_execution(Execution::Executed);
    assert_eq!(after_a_token.execution(), Execution::Executed);
}

#[test]
fn an_error_tells_the_story_of_its_request() {
    let call = error(ErrorKind::Overloaded);
    assert!(call.history().is_none() && call.attempts().is_empty() && call.excluded().is_empty());
    assert_eq!(call.elapsed(), None);

    let failed = AttemptOutcome::Failed(ErrorKind::Overloaded);
    let mut history = History::default();
    history.elapsed = Duration::from_secs(3);
    history.attempts.push(Attempt::new("openrouter".into(), "acme/swift-8b".into(), failed));
    history.excluded.push(Exclusion {
        provider: "openrouter".into(),
        model: "acme/deep-70b".into(),
        role: Some(ModelRole::Reserve),
        reason: ExclusionReason::Tools,
    });
    let request = call.with_history(history);
    assert_eq!(request.attempts()[0].outcome, failed);
    assert_eq!(request.excluded()[0].reason.to_string(), "tools: the model calls no tools");
    assert_eq!(request.elapsed(), Some(Duration::from_secs(3)));
}

#[test]
fn the_error_behind_it_is_a_source_and_not_part_of_the_message() {
    use std::error::Error as _;

    let broken = io::Error::new(io::ErrorKind::UnexpectedEof, "peer closed");
    let error = error(ErrorKind::TruncatedResponse).with_source(broken);
    assert_eq!(error.source().unwrap().to_string(), "peer closed");
    assert!(!error.to_string().contains("peer closed"));
    let copies: Vec<_> = (0..3).map(|_| Arc::new(error.clone())).collect();
    assert!(copies.iter().all(|copy| copy.source().is_some()));
}

#[test]
fn reasons_for_leaving_a_model_out_name_the_remedy() {
    let reasons = [
        ExclusionReason::ContextWindow { needed: 9_000, window: 8_192 },
        ExclusionReason::Tools,
        ExclusionReason::Images,
        ExclusionReason::JsonMode,
        ExclusionReason::Disabled,
        ExclusionReason::MissingKey(Some("OPENROUTER_API_KEY".to_owned())),
        ExclusionReason::MissingKey(None),
        ExclusionReason::CoolingDown { remaining: Duration::from_millis(4_250) },
        ExclusionReason::CredentialParked { remaining: Duration::from_secs(600) },
        ExclusionReason::CredentialRejected,
        ExclusionReason::Avoided,
        ExclusionReason::OverBudget,
    ];
    insta::assert_snapshot!(reasons.map(|reason| reason.to_string()).join("\n"), @"
    context_window: needs about 9000 tokens, has 8192
    tools: the model calls no tools
    images: the model takes no images
    json_mode: the model has no JSON mode
    disabled: switched off in the configuration
    missing_key: set OPENROUTER_API_KEY
    missing_key: set the provider's api_key
    cooling_down: back in 4.2 s
    credential_parked: back in 600.0 s
    credential_rejected: its key was rejected a moment ago
    avoided: the caller asked for another model
    over_budget: the request costs too much
    ");
}
