//! Which request gets which response.

use super::{
    catalogue, chat,
    config::Key,
    http::Request,
    log::CallGuard,
    render,
    reply::Reply,
    schedule::{Framing, Schedule},
    state::State,
};

/// A response, and the record of the call if it is one.
#[derive(Debug)]
pub(super) struct Routed {
    pub(super) schedule: Schedule,
    pub(super) keep_alive: bool,
    pub(super) call: Option<CallGuard>,
}

impl Routed {
    /// A refusal after which the connection closes.
    pub(super) fn refusal(reply: &Reply) -> Self {
        Self { schedule: render::no_answer(reply), keep_alive: false, call: None }
    }
}

/// Decides what `request` gets.
pub(super) fn route(request: &Request, state: &State) -> Routed {
    let path = request.path.split('?').next().unwrap_or_default().to_owned();
    state.log.request(format!("{} {path}", request.method));
    let keep_alive = request.keep_alive;
    let chunks_understood = request.chunks_understood;
    let (mut schedule, call) = match (request.method.as_str(), path.as_str()) {
        ("POST", "/api/v1/chat/completions") => {
            let (schedule, call) = chat::serve(request, state);
            (schedule, Some(call))
        }
        ("GET", "/api/v1/models") => (catalogue::models(state), None),
        ("GET", "/api/v1/key") => (key(request, state), None),
        (_, "/api/v1/chat/completions" | "/api/v1/models" | "/api/v1/key") => {
            (render::no_answer(&Reply::error(405, "Method Not Allowed")), None)
        }
        _ => (render::no_answer(&Reply::error(404, "Not Found")), None),
    };
    if schedule.framing == Framing::Chunked && !chunks_understood {
        schedule.framing = Framing::Close;
    }
    Routed { schedule, keep_alive, call }
}

/// The refusal of a request whose key is missing or wrong.
pub(super) fn refused_key(request: &Request, state: &State) -> Option<Reply> {
    let sent = bearer(request);
    match (&state.config.key, sent) {
        (Key::NotNeeded, _) | (Key::Any, Some(_)) => None,
        (_, None) => Some(Reply::no_key()),
        (Key::Exactly(key), Some(sent)) => (key != sent).then(|| Reply::status(401)),
    }
}

/// The key a request carries.
pub(super) fn bearer(request: &Request) -> Option<&str> {
    let (scheme, key) = request.header("authorization")?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}

fn key(request: &Request, state: &State) -> Schedule {
    match refused_key(request, state) {
        Some(reply) => render::no_answer(&reply),
        None => catalogue::key(),
    }
}
