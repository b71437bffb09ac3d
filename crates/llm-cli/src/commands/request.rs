//! From the arguments of `ask` to a request, and from its end to an exit code.

use futures_util::StreamExt;
use llm_core::{ChatRequest, Error, ErrorKind, ExclusionReason, Outcome, StreamEvent};
use llm_manager::{GenerateOptions, config::StrategyName};

use crate::{
    arguments::{Ask, Strategy},
    exit::Exit,
    session::Session,
};

/// The request that asks `prompt`.
pub(super) fn request(arguments: &Ask, prompt: &str) -> ChatRequest {
    let mut request = ChatRequest::from(prompt);
    if let Some(system) = &arguments.system {
        request = request.with_system(system);
    }
    if let Some(max_tokens) = arguments.max_tokens {
        request = request.with_max_tokens(max_tokens);
    }
    request
}

/// What the arguments change for one request.
pub(super) fn options(arguments: &Ask) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.model.clone_from(&arguments.model);
    options.timeout = arguments.timeout;
    if arguments.no_fallback {
        options = options.without_fallback();
    }
    if arguments.no_fastest {
        options = options.with_use_fastest(false);
    }
    if arguments.parallel {
        options = options.with_use_parallel(true);
    }
    match arguments.strategy {
        Some(strategy) => options.with_strategy(name(strategy)),
        None => options,
    }
}

/// Streams an answer, handing each piece of it to `deliver`, which says whether it is still
/// wanted. `None` when it is not. An error comes with what was delivered.
pub(super) async fn streamed<E>(
    session: &Session,
    request: ChatRequest,
    options: &GenerateOptions,
    mut deliver: impl FnMut(&str) -> Result<bool, E>,
) -> Result<Option<Result<Outcome, (Error, String)>>, E> {
    let mut delivered = String::new();
    let mut stream = match session.manager.stream(request, options) {
        Ok(stream) => stream,
        Err(error) => return Ok(Some(Err((error, delivered)))),
    };
    while let Some(event) = stream.next().await {
        match event {
            Ok(StreamEvent::Text(text) | StreamEvent::Refusal(text)) => {
                delivered.push_str(&text);
                if !deliver(&text)? {
                    return Ok(None);
                }
            }
            Ok(_) => {}
            Err(error) => return Ok(Some(Err((error, delivered)))),
        }
    }
    let ended = stream.into_outcome().ok_or_else(|| {
        (Error::new(ErrorKind::Internal, "the stream ended without an answer"), delivered)
    });
    Ok(Some(ended))
}

/// The exit code of a request that was not answered.
pub(super) fn exit(error: &Error) -> Exit {
    let never = |reason: &ExclusionReason| {
        matches!(reason, ExclusionReason::MissingKey(_) | ExclusionReason::Disabled)
    };
    let nobody = error.kind() == ErrorKind::NoUsableModel && error.attempts().is_empty();
    match error.kind() {
        ErrorKind::Internal => Exit::Internal,
        _ if nobody && error.excluded().iter().all(|exclusion| never(&exclusion.reason)) => {
            Exit::NothingToCall
        }
        _ => Exit::NoAnswer,
    }
}

fn name(strategy: Strategy) -> StrategyName {
    match strategy {
        Strategy::Single => StrategyName::Single,
        Strategy::Fallback => StrategyName::Fallback,
        Strategy::BestOfTwo => StrategyName::BestOfTwo,
    }
}
