//! Serves a chat completion: checks it, finds the model, lets it reply.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

use super::{
    behaviour::ToolMode,
    completion::Completion,
    http::Request,
    log::{CallGuard, LoggedCall},
    prompt::Prompt,
    render,
    reply::{Http, Kind, Reply},
    route::{bearer, refused_key},
    schedule::Schedule,
    state::{Model, State},
};

/// What a chat completion gets, and its record.
pub(super) fn serve(request: &Request, state: &State) -> (Schedule, CallGuard) {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let call = state.log.begin(record(request, body.clone().unwrap_or_default()));
    let schedule = match refused_key(request, state) {
        Some(reply) => render::no_answer(&reply),
        None => match &body {
            Some(body) => answer(Prompt(body), state),
            None => render::no_answer(&Reply::error(400, "Invalid JSON in request body")),
        },
    };
    (schedule, call)
}

fn record(request: &Request, body: Value) -> LoggedCall {
    let prompt = Prompt(&body);
    LoggedCall {
        model: prompt.models().first().copied().unwrap_or_default().to_owned(),
        stream: prompt.is_stream(),
        authorized: bearer(request).is_some(),
        headers: request
            .headers
            .iter()
            .filter(|(name, _)| name != "authorization")
            .cloned()
            .collect(),
        body,
        bytes: request.body.clone(),
        started: std::time::Duration::ZERO,
        ended: None,
        outcome: None,
    }
}

fn answer(prompt: Prompt<'_>, state: &State) -> Schedule {
    if prompt.messages().is_empty() {
        let message = "Input required: specify \"prompt\" or \"messages\"";
        return render::no_answer(&Reply::error(400, message));
    }
    let (model, reply, mut random) = match choose(prompt, state) {
        Ok(chosen) => chosen,
        Err(reply) => return render::no_answer(&reply),
    };
    let id = state.generation_id();
    let mut schedule = match &reply.kind {
        Kind::Answer(fault) => {
            let completion = Completion::of(&model.script, prompt, &id, &mut random);
            let comment_every = state.config.comment_every;
            render::answer(&reply, fault, completion, prompt.is_stream(), comment_every)
        }
        _ => render::no_answer(&reply),
    };
    if let Some(head) = &mut schedule.head {
        head.headers.push(("x-generation-id".to_owned(), id));
    }
    schedule
}

/// The first of the models asked for that does not refuse the call, or the last one's refusal.
fn choose(prompt: Prompt<'_>, state: &State) -> Result<(Arc<Model>, Reply, Rng), Reply> {
    let mut refusal = Reply::error(400, "No models provided");
    for id in prompt.models() {
        let Some(model) = state.model(id) else {
            refusal = Reply::unknown_model(id);
            continue;
        };
        if let Some(reply) = cannot_serve(&model, prompt) {
            refusal = reply;
            continue;
        }
        let (reply, random) = model.next_reply(state.config.seed);
        match &reply.kind {
            Kind::Http(Http { status, .. }) if *status >= 400 => refusal = reply,
            _ => return Ok((model, reply, random)),
        }
    }
    Err(refusal)
}

/// Why a model cannot serve a request at all.
fn cannot_serve(model: &Model, prompt: Prompt<'_>) -> Option<Reply> {
    let script = &model.script;
    if script.tools == ToolMode::Unsupported && !prompt.tools().is_empty() {
        return Some(Reply::no_tool_support());
    }
    let sees = script.facts.input_modalities.iter().any(|name| name == "image");
    if !sees && prompt.has_images() {
        return Some(Reply::error(404, "No endpoints found that support image input"));
    }
    let tokens = u64::try_from(prompt.tokens()).ok();
    let window = script.facts.context_length;
    let fits = tokens.zip(window).is_none_or(|(tokens, window)| tokens <= window);
    (!fits).then(Reply::context_length)
}
