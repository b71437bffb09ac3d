//! Turns a reply into what goes over the wire.

use std::time::Duration;

use super::{
    completion::{Completion, Content},
    log::CallOutcome,
    refusal::Refusal,
    reply::{Fault, Http, Kind, Reply},
    schedule::{End, Framing, Head, Piece, Schedule},
    stream, whole,
    wire::Wire,
};

/// A reply that is no answer. One that would need a model to answer closes the connection.
pub(super) fn no_answer(reply: &Reply, model: &str, wire: &dyn Wire) -> Schedule {
    let schedule = match &reply.kind {
        Kind::Refused(refusal) => refused(refusal, model, wire),
        Kind::Http(http) => respond(http),
        Kind::Raw(bytes) => Schedule {
            pieces: vec![Piece::new(Duration::ZERO, bytes.clone())],
            ..Schedule::nothing(End::Cut)
        },
        Kind::Hang => Schedule::nothing(End::Stall),
        Kind::Close | Kind::Answer(_) => Schedule::nothing(End::Cut),
        Kind::Reset => Schedule::nothing(End::Reset),
    };
    dressed(schedule, reply)
}

/// A refusal, as a call of `model` gets it.
pub(super) fn refused(refusal: &Refusal, model: &str, wire: &dyn Wire) -> Schedule {
    let written = wire.refuse(refusal, model);
    let mut head = Head::new(written.status, Some("application/json"));
    head.headers.extend(written.headers);
    let outcome = CallOutcome::Failed { status: written.status };
    Schedule::whole(head, written.body.to_string().into_bytes(), outcome)
}

/// A model's answer with what is wrong about it.
pub(super) fn answer(
    reply: &Reply,
    fault: &Fault,
    completion: Completion,
    asked_for_stream: bool,
    comment_every: Duration,
    wire: &dyn Wire,
) -> Schedule {
    let completion = spoilt(completion, fault);
    let streams = asked_for_stream != (*fault == Fault::WrongForm);
    let mut schedule = if streams {
        stream::schedule(&completion, fault, comment_every, wire)
    } else {
        whole::schedule(&completion, fault, wire)
    };
    // A whole answer tells its usage also where it failed inside; a stream that fails is not told.
    let told = match schedule.outcome {
        CallOutcome::Answered => true,
        CallOutcome::Failed { status } => !streams && status == 200,
        _ => false,
    };
    schedule.usage = told.then_some(completion.usage);
    if let Fault::Drip(every) = fault {
        schedule.drip(*every);
    }
    if let (Fault::ContentType(value), Some(head)) = (fault, &mut schedule.head) {
        head.headers.retain(|(name, _)| name != "content-type");
        if !value.is_empty() {
            head.headers.push(("content-type".to_owned(), value.clone()));
        }
    }
    dressed(schedule, reply)
}

/// Adds the delay, headers and slices of a reply.
fn dressed(mut schedule: Schedule, reply: &Reply) -> Schedule {
    schedule.before = schedule.before.saturating_add(reply.delay);
    if let Some(head) = &mut schedule.head {
        head.headers.extend(reply.headers.iter().cloned());
    }
    if let Some(size) = reply.slice {
        schedule.slice(size);
    }
    schedule
}

fn respond(http: &Http) -> Schedule {
    let head = Head::new(http.status, http.content_type.as_deref());
    let outcome = CallOutcome::Failed { status: http.status };
    let mut schedule = Schedule::whole(head, http.body.clone(), outcome);
    let streams = ["text/event-stream", "application/x-ndjson"];
    let content_type = http.content_type.as_deref().unwrap_or_default();
    if streams.iter().any(|stream| content_type.starts_with(stream)) {
        schedule.framing = Framing::Chunked;
    }
    schedule
}

/// The faults that lie in the answer and not in its delivery.
fn spoilt(mut completion: Completion, fault: &Fault) -> Completion {
    match fault {
        Fault::NoContent => completion.content = Content::default(),
        Fault::GiantLine(bytes) => completion.content = Content::of_text(vec!["a".repeat(*bytes)]),
        Fault::Finish(finish) => completion.finish.clone_from(finish),
        _ => {}
    }
    completion
}
