//! Which request gets which response.

use super::{
    chat,
    config::Key,
    http::Request,
    log::CallGuard,
    refusal::{Meaning, Refusal},
    render,
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
    pub(super) fn refusal(refusal: &Refusal, state: &State) -> Self {
        let schedule = render::refused(refusal, "", state.wire());
        Self { schedule, keep_alive: false, call: None }
    }
}

/// Decides what `request` gets.
pub(super) fn route(request: &Request, state: &State) -> Routed {
    let path = request.path.split('?').next().unwrap_or_default().to_owned();
    state.log.request(format!("{} {path}", request.method));
    let wire = state.wire();
    let refused = |refusal: Refusal| (render::refused(&refusal, "", wire), None);
    let (mut schedule, call) = if path == wire.chat_path() {
        if request.method == "POST" {
            let (schedule, call) = chat::serve(request, &path, state);
            (schedule, Some(call))
        } else {
            refused(Refusal::status(405))
        }
    } else if let Some(schedule) = wire.other(request, &path, state) {
        (schedule, None)
    } else {
        refused(Refusal::status(404).saying("Not Found"))
    };
    if schedule.framing == Framing::Chunked && !request.chunks_understood {
        schedule.framing = Framing::Close;
    }
    Routed { schedule, keep_alive: request.keep_alive, call }
}

/// The refusal of a request whose key is missing or wrong.
pub(super) fn refused_key(request: &Request, state: &State) -> Option<Refusal> {
    let wire = state.wire();
    if !wire.asks_for_key() {
        return None;
    }
    match (&state.config.key, wire.key(request)) {
        (Key::NotNeeded, _) | (Key::Any, Some(_)) => None,
        (_, None) => Some(Refusal::of(Meaning::NoKey)),
        (Key::Exactly(key), Some(sent)) => (key != sent).then(|| Refusal::of(Meaning::WrongKey)),
    }
}
