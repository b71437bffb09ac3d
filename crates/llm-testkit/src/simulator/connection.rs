//! One connection: requests in, responses out, and an eye on the client leaving.

use std::{future, sync::Arc};

use tokio::{io::AsyncReadExt, net::TcpStream};

use super::{
    config::ConnectionFault,
    http::{self, NoRequest},
    log::CallOutcome,
    play::{After, play},
    refusal::Refusal,
    route::{Routed, route},
    state::State,
};

/// A client may send its next request early, up to so many bytes of it.
const PIPELINE: usize = 64 * 1024;

/// Serves one connection until either side closes it.
pub(super) async fn serve(mut socket: TcpStream, fault: ConnectionFault, state: Arc<State>) {
    match fault {
        ConnectionFault::None | ConnectionFault::ResetMidRequest => {}
        ConnectionFault::Close => return,
        ConnectionFault::Reset => return reset(socket),
        ConnectionFault::Silent => return future::pending().await,
    }
    // Small pieces must not wait for each other's acknowledgement. Without it all still works.
    let _ = socket.set_nodelay(true);
    let mut buffer = Vec::new();
    let mut served = 0;
    loop {
        let half = fault == ConnectionFault::ResetMidRequest;
        let routed = match http::read_request(&mut socket, &mut buffer, half).await {
            Ok(request) => route(&request, &state),
            Err(NoRequest::Closed) => return,
            Err(NoRequest::Half) => return reset(socket),
            Err(NoRequest::Refused(status)) => Routed::refusal(&Refusal::status(status), &state),
        };
        served += 1;
        match respond(&mut socket, &mut buffer, routed).await {
            After::Keep if state.config.requests_per_connection != Some(served) => {}
            After::Reset => return reset(socket),
            After::Keep | After::Close | After::Cut => return,
        }
    }
}

/// Plays the response while watching whether the client is still there.
async fn respond(socket: &mut TcpStream, buffer: &mut Vec<u8>, routed: Routed) -> After {
    let (mut reader, mut writer) = socket.split();
    let gone = async {
        while buffer.len() < PIPELINE {
            if matches!(reader.read_buf(buffer).await, Ok(0) | Err(_)) {
                return;
            }
        }
        future::pending::<()>().await;
    };
    let after = tokio::select! {
        biased;
        after = play(&routed.schedule, &mut writer, routed.keep_alive) => after.ok(),
        () = gone => None,
    };
    if let Some(call) = &routed.call {
        match after {
            Some(After::Keep | After::Close) => {
                call.end(routed.schedule.outcome, routed.schedule.usage);
            }
            Some(After::Cut | After::Reset) => call.end(CallOutcome::Cut, None),
            None => call.client_left(),
        }
    }
    after.unwrap_or(After::Cut)
}

/// Closes with a reset instead of a farewell. Where that is not possible it just closes.
fn reset(socket: TcpStream) {
    let _ = socket.set_zero_linger();
    drop(socket);
}
