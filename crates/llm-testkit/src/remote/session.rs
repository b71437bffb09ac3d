//! A conversation with one program: a command a line in, an answer a line out.

use std::{future::Future, io, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use super::{
    command::{Command, Wait},
    report,
};
use crate::simulator::Simulator;

/// Says where `simulator` listens, then does what each line of `input` asks, in order and one at a
/// time, and writes one line about it to `output`, until `input` ends.
///
/// A line that is not understood gets an `error` that names what is wrong with it, and changes
/// nothing.
///
/// # Errors
///
/// When `input` cannot be read or `output` cannot be written.
pub async fn serve(
    simulator: &Simulator,
    mut input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    say(&mut output, &json!({ "base_url": simulator.base_url() })).await?;
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line).await? > 0 {
        if !line.trim_ascii().is_empty() {
            say(&mut output, &answer(simulator, &line).await).await?;
        }
        line.clear();
    }
    Ok(())
}

async fn answer(simulator: &Simulator, line: &[u8]) -> Value {
    let command = match serde_json::from_slice(line) {
        Ok(command) => command,
        Err(error) => return json!({ "error": error.to_string() }),
    };
    match command {
        Command::SetModel(model) => {
            let id = model.script.id().to_owned();
            simulator.set_model(model.script);
            json!({ "model": id })
        }
        Command::Calls { since } => report::calls(&simulator.calls(), since),
        Command::WaitForCalls(wait) => {
            reached(&wait, simulator.wait_for_calls(wait.count), simulator).await
        }
        Command::WaitForEnded(wait) => {
            reached(&wait, simulator.wait_for_ended(wait.count), simulator).await
        }
        Command::Connections {} => json!({ "connections": simulator.connections() }),
        Command::Usage {} => report::usage(&simulator.calls()),
    }
}

async fn reached(wait: &Wait, until: impl Future, simulator: &Simulator) -> Value {
    let limit = Duration::from_millis(wait.timeout_ms);
    let reached = timeout(limit, until).await.is_ok();
    let calls = simulator.calls();
    let ended = calls.iter().filter(|call| call.outcome.is_some()).count();
    json!({ "reached": reached, "calls": calls.len(), "ended": ended })
}

async fn say(output: &mut (impl AsyncWrite + Unpin), answer: &Value) -> io::Result<()> {
    output.write_all(format!("{answer}\n").as_bytes()).await?;
    output.flush().await
}
