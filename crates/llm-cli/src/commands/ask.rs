//! `ask`: one request, its answer on the standard output.

use std::time::Duration;

use llm_core::{Error, ErrorKind, ModelRef, Outcome};
use llm_manager::{AnswerReport, did_you_mean, said};
use tokio::{io::AsyncReadExt, time::timeout};

use super::request::{exit, options, request, streamed};
use crate::{
    application::Context,
    arguments::Ask,
    exit::Exit,
    failure::Failure,
    output::{self, ResultStream, blank},
    session::Session,
};

/// How long a catalogue may take that is read for a hint.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest prompt that is read, in bytes.
pub(super) const LONGEST_PROMPT: u64 = 32 * 1024 * 1024;

/// Answers the prompt.
pub(crate) async fn ask(arguments: &Ask, context: &Context) -> Result<Exit, Failure> {
    tokio::select! {
        done = answer(arguments, context) => done,
        () = context.interrupt.arrived() => Err(Failure::interrupted()),
    }
}

async fn answer(arguments: &Ask, context: &Context) -> Result<Exit, Failure> {
    let prompt = prompt(arguments).await?;
    let session = Session::open(arguments.config.as_deref(), arguments.sandbox, context)?;
    if let Some(model) = &arguments.model {
        session.resolve(model)?;
    }
    let (request, options) = (request(arguments, &prompt), options(arguments));
    let mut output = ResultStream::standard();
    let ended = if arguments.stream {
        let shown = !arguments.json;
        let deliver = |text: &str| {
            if shown {
                output.foreign(text)?;
            }
            Ok::<_, Failure>(!output.is_closed())
        };
        let Some(ended) = streamed(&session, request, &options, deliver).await? else {
            // Whoever read the answer has left: the call is dropped with the stream.
            return Ok(Exit::Done);
        };
        ended
    } else {
        let answered = session.manager.generate_response(request, &options).await;
        answered.map_err(|error| (error, String::new()))
    };
    match ended {
        Ok(outcome) => tell(&outcome, arguments, &session, &mut output),
        Err((error, delivered)) => {
            explain(&error, &delivered, arguments, &session, &mut output).await
        }
    }
}

/// The prompt, from the command line or the standard input.
async fn prompt(arguments: &Ask) -> Result<String, Failure> {
    let given = arguments.prompt.as_deref().unwrap_or_default();
    let prompt = if given == "-" { read().await? } else { given.to_owned() };
    if prompt.trim().is_empty() {
        return Err(Failure::usage("the prompt is empty: say something"));
    }
    Ok(prompt)
}

async fn read() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let mut input = tokio::io::stdin().take(LONGEST_PROMPT + 1);
    input
        .read_to_end(&mut bytes)
        .await
        .map_err(|error| Failure::internal(format!("cannot read the standard input: {error}")))?;
    if bytes.len() as u64 > LONGEST_PROMPT {
        return Err(Failure::usage(
            "the standard input is longer than 32 MiB: no model reads that",
        ));
    }
    let mut text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage("the standard input is not UTF-8 text"))?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

fn tell(
    outcome: &Outcome,
    arguments: &Ask,
    session: &Session,
    output: &mut ResultStream,
) -> Result<Exit, Failure> {
    if arguments.json {
        output.json(&AnswerReport::answered(outcome).in_sandbox(session.is_sandbox()))?;
        return Ok(Exit::Done);
    }
    if !arguments.stream {
        output.foreign(&said(outcome))?;
    }
    output.end_line()?;
    Ok(Exit::Done)
}

async fn explain(
    error: &Error,
    delivered: &str,
    arguments: &Ask,
    session: &Session,
    output: &mut ResultStream,
) -> Result<Exit, Failure> {
    if arguments.json {
        output.json(&AnswerReport::failed(error, delivered).in_sandbox(session.is_sandbox()))?;
    } else if output.is_terminal() {
        output.end_line()?;
    }
    let exit = exit(error);
    if exit == Exit::NothingToCall {
        output::say(&session.nothing_to_call(error.excluded(), "ask"));
        return Ok(exit);
    }
    output::say(&output::story(error));
    if let Some(question) = nearest(error, session).await {
        output::say(&format!("  help: {}", blank(&question)));
    }
    Ok(exit)
}

/// Which model may have been meant, where the one that was asked for does not exist. A catalogue
/// that was never read is read for it.
async fn nearest(error: &Error, session: &Session) -> Option<String> {
    if error.kind() != ErrorKind::ModelNotFound {
        return None;
    }
    let model = ModelRef::new(error.provider()?.clone(), error.model()?.clone());
    if session.manager.catalogue_learned(&model.provider).is_none() {
        let _without_it = timeout(PATIENCE, session.manager.catalogue(&model.provider)).await;
    }
    did_you_mean(&session.manager.nearest_models(&model))
}
