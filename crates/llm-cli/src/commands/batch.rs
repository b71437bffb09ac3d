//! `ask --batch`: requests as lines, results as lines, one manager for all.

use std::time::Duration;

use llm_core::{Error, ErrorKind};
use llm_manager::AnswerReport;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    time::{Instant, sleep_until},
};

use super::{
    ask::LONGEST_PROMPT,
    request::{self, options, request, streamed},
};
use crate::{
    application::Context,
    arguments::Ask,
    exit::Exit,
    failure::Failure,
    output::{self, ResultStream},
    session::Session,
};

/// One request of a batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    prompt: String,
    model: Option<String>,
    stream: Option<bool>,
    /// When to send it, after the one before it was sent; the first after the start.
    delay_ms: Option<u64>,
}

/// Answers the lines of the standard input one after another.
pub(crate) async fn batch(arguments: &Ask, context: &Context) -> Result<Exit, Failure> {
    tokio::select! {
        done = answer(arguments, context) => done,
        () = context.interrupt.arrived() => Err(Failure::interrupted()),
    }
}

async fn answer(arguments: &Ask, context: &Context) -> Result<Exit, Failure> {
    let session = Session::open(arguments.config.as_deref(), arguments.sandbox, context)?;
    if let Some(model) = &arguments.model {
        session.resolve(model)?;
    }
    let mut input = BufReader::new(tokio::io::stdin());
    let mut output = ResultStream::standard();
    let mut exit = None;
    let mut sent = Instant::now();
    let mut bytes = Vec::new();
    for number in 1_u64.. {
        bytes.clear();
        let read = (&mut input).take(LONGEST_PROMPT + 1).read_until(b'\n', &mut bytes).await;
        read.map_err(|error| {
            Failure::internal(format!("cannot read the standard input: {error}"))
        })?;
        if bytes.len() as u64 > LONGEST_PROMPT {
            return Err(Failure::usage(format!("line {number} is longer than 32 MiB")));
        }
        if bytes.is_empty() || output.is_closed() {
            break;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let result = match parse(&bytes, number) {
            Ok(line) => {
                sleep_until(sent + Duration::from_millis(line.delay_ms.unwrap_or(0))).await;
                sent = Instant::now();
                one(&line, arguments, &session).await
            }
            Err(error) => Err((error, String::new())),
        };
        let object = result.unwrap_or_else(|(error, delivered)| {
            exit = Some(worse(exit, request::exit(&error)));
            AnswerReport::failed(&error, &delivered).in_sandbox(session.is_sandbox())
        });
        output.json(&object)?;
    }
    if exit == Some(Exit::NothingToCall) {
        output::say(&session.nobody("ask"));
    }
    Ok(exit.unwrap_or(Exit::Done))
}

/// How a batch ends when requests end as these do: 4 only when nothing could be called for any.
fn worse(known: Option<Exit>, next: Exit) -> Exit {
    match known {
        Some(known) if known != next => Exit::NoAnswer,
        _ => next,
    }
}

fn parse(bytes: &[u8], number: u64) -> Result<Line, Error> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message =
            format!("line {number} is no request such as {{\"prompt\": \"Hello\"}}: {error}");
        Error::new(ErrorKind::InvalidRequest, message)
    })
}

async fn one(
    line: &Line,
    arguments: &Ask,
    session: &Session,
) -> Result<AnswerReport, (Error, String)> {
    let mut options = options(arguments);
    if line.model.is_some() {
        options.model.clone_from(&line.model);
    }
    let request = request(arguments, &line.prompt);
    let outcome = if line.stream.unwrap_or(arguments.stream) {
        let wanted = |_: &str| Ok::<_, std::convert::Infallible>(true);
        let Ok(ended) = streamed(session, request, &options, wanted).await;
        let unread = || Error::new(ErrorKind::Cancelled, "nobody reads the answer");
        ended.unwrap_or_else(|| Err((unread(), String::new())))?
    } else {
        let answered = session.manager.generate_response(request, &options).await;
        answered.map_err(|error| (error, String::new()))?
    };
    Ok(AnswerReport::answered(&outcome).in_sandbox(session.is_sandbox()))
}
