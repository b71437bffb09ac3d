//! Serves a chat: checks it, finds the model, lets it reply.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

use super::{
    behaviour::ToolMode,
    completion::Completion,
    http::Request,
    log::{CallGuard, LoggedCall},
    prompt::Prompt,
    refusal::{Meaning, Refusal},
    render,
    reply::{Http, Kind, Reply},
    route::refused_key,
    schedule::Schedule,
    state::{Model, State},
};

/// What a chat gets, and its record.
pub(super) fn serve(request: &Request, path: &str, state: &State) -> (Schedule, CallGuard) {
    let wire = state.wire();
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let not_json = || Refusal::of(Meaning::NotJson);
    let understood =
        body.as_ref().ok_or_else(not_json).and_then(|body| wire.understand(request, body));
    let body = body.unwrap_or_default();
    let call = record(request, path, body, understood.as_ref().ok(), state);
    let model = call.model.clone();
    let call = state.log.begin(call);
    let schedule = match refused_key(request, state).map_or(understood, Err) {
        Ok(understood) => answer(Prompt(&understood), state),
        Err(refusal) => render::refused(&refusal, &model, wire),
    };
    (schedule, call)
}

fn record(
    request: &Request,
    path: &str,
    body: Value,
    understood: Option<&Value>,
    state: &State,
) -> LoggedCall {
    // A request that is not understood still names a model.
    let prompt = Prompt(understood.unwrap_or(&body));
    LoggedCall {
        model: prompt.models().first().copied().unwrap_or_default().to_owned(),
        path: path.to_owned(),
        stream: prompt.is_stream(),
        authorized: state.wire().key(request).is_some(),
        headers: request
            .headers
            .iter()
            .filter(|(name, _)| name != "authorization" && name != "x-api-key")
            .cloned()
            .collect(),
        understood: understood.cloned().unwrap_or_default(),
        body,
        bytes: request.body.clone(),
        usage: None,
        started: std::time::Duration::ZERO,
        ended: None,
        outcome: None,
    }
}

fn answer(prompt: Prompt<'_>, state: &State) -> Schedule {
    let wire = state.wire();
    let first = prompt.models().first().copied().unwrap_or_default();
    if prompt.messages().is_empty() {
        return render::refused(&Refusal::of(Meaning::NoMessages), first, wire);
    }
    let (model, reply, mut random) = match choose(prompt, state) {
        Ok(chosen) => chosen,
        Err(reply) => return render::no_answer(&reply, first, wire),
    };
    let (id, header) = wire.identify(state.generation());
    let mut schedule = match &reply.kind {
        Kind::Answer(fault) => {
            let completion =
                Completion::of(&model.script, reply.words.as_deref(), prompt, &id, &mut random);
            let comment_every = state.config.comment_every;
            render::answer(&reply, fault, completion, prompt.is_stream(), comment_every, wire)
        }
        _ => render::no_answer(&reply, first, wire),
    };
    if let (Some(head), Some(header)) = (&mut schedule.head, header) {
        head.headers.push((header.to_owned(), id));
    }
    schedule
}

/// The first of the models asked for that does not refuse the call, or the last one's refusal.
fn choose(prompt: Prompt<'_>, state: &State) -> Result<(Arc<Model>, Reply, Rng), Box<Reply>> {
    let mut refusal = Reply::refused(Refusal::invalid("No models provided"));
    for id in prompt.models() {
        let Some(model) = state.model(id) else {
            refusal = Reply::unknown_model(id);
            continue;
        };
        if let Some(reason) = cannot_serve(&model, prompt) {
            refusal = Reply::refused(Refusal::of(reason));
            continue;
        }
        let (reply, random) = model.next_reply(state.config.seed);
        match &reply.kind {
            Kind::Refused(_) => refusal = reply,
            Kind::Http(Http { status, .. }) if *status >= 400 => refusal = reply,
            _ => return Ok((model, reply, random)),
        }
    }
    Err(Box::new(refusal))
}

/// Why a model cannot serve a request at all.
fn cannot_serve(model: &Model, prompt: Prompt<'_>) -> Option<Meaning> {
    let script = &model.script;
    if script.tools == ToolMode::Unsupported && !prompt.tools().is_empty() {
        return Some(Meaning::NoTools);
    }
    let sees = script.facts.input_modalities.iter().any(|name| name == "image");
    if !sees && prompt.has_images() {
        return Some(Meaning::NoImages);
    }
    let tokens = u64::try_from(prompt.tokens()).ok();
    let window = script.facts.context_length;
    let fits = tokens.zip(window).is_none_or(|(tokens, window)| tokens <= window);
    (!fits).then_some(Meaning::ContextLength)
}
