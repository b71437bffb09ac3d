//! The simulator's life: from binding its port to being dropped.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::Handle,
    task::JoinSet,
};

use super::{
    config::{ConnectionFault, SimulatorConfig},
    connection::serve,
    log::LoggedCall,
    model_script::ModelScript,
    state::State,
};

/// Connections that may wait to be accepted: thousands of callers may come in one instant, and
/// none of them may find the simulator slow before it has read a word.
const BACKLOG: u32 = 4_096;

/// A simulated OpenRouter, or what else its dialect says, that listens on 127.0.0.1 until it is dropped.
///
/// It lives on the runtime it was started on. Under paused time, keep client and simulator on one
/// current-thread runtime: its pauses then pass at once.
///
/// Dropping it closes the listener and every connection as soon as the runtime gets to it; with
/// [`close`](Self::close) they are closed when the call returns.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    state: Arc<State>,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Starts a simulator on the current tokio runtime, whose IO and time must be enabled.
    ///
    /// # Errors
    ///
    /// When there is no runtime, or the port is taken.
    pub fn start(config: SimulatorConfig) -> io::Result<Self> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let listener = listen(config.port)?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(config));
        let mut tasks = JoinSet::new();
        tasks.spawn_on(accept(listener, Arc::clone(&state)), &runtime);
        Ok(Self { address, state, tasks })
    }

    /// The address of its API, as clients write it: `http://127.0.0.1:PORT/api/v1` for OpenRouter,
    /// with `/v1` for OpenAI and Anthropic, and with nothing behind the port for Ollama.
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.state.wire().base())
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Adds a model, or gives a known one a new script, from its next call on.
    pub fn set_model(&self, script: ModelScript) {
        self.state.set_model(script);
    }

    /// How long it has been running: the clock of the times in its log.
    pub fn uptime(&self) -> Duration {
        self.state.log.uptime()
    }

    /// Every chat completion asked for so far, oldest first.
    pub fn calls(&self) -> Vec<LoggedCall> {
        self.state.log.calls()
    }

    /// The chat completions one model was asked for, oldest first.
    pub fn calls_to(&self, model: &str) -> Vec<LoggedCall> {
        self.calls().into_iter().filter(|call| call.model == model).collect()
    }

    /// Every request of any kind so far, as `GET /api/v1/models`.
    pub fn requests(&self) -> Vec<String> {
        self.state.log.requests()
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> usize {
        self.state.log.connections()
    }

    /// Waits until so many chat completions were asked for, and returns them all.
    pub async fn wait_for_calls(&self, count: usize) -> Vec<LoggedCall> {
        self.wait_until(|calls| calls.len() >= count).await
    }

    /// Waits until so many chat completions have ended, and returns them all.
    pub async fn wait_for_ended(&self, count: usize) -> Vec<LoggedCall> {
        let ended =
            |calls: &[LoggedCall]| calls.iter().filter(|call| call.outcome.is_some()).count();
        self.wait_until(|calls| ended(calls) >= count).await
    }

    /// Waits until the calls are what `enough` wants, and returns them all.
    pub async fn wait_until(&self, enough: impl Fn(&[LoggedCall]) -> bool) -> Vec<LoggedCall> {
        self.state.log.wait(enough).await
    }

    /// Closes the listener and every connection.
    pub async fn close(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Listens on a port of 127.0.0.1. One that was left a moment ago, with connections still closing,
/// is free again at once; on Windows the same option would share a port in use.
fn listen(port: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(BACKLOG)
}

/// Accepts connections for ever. They live in this one task, so that they end with it at once.
async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // An accept fails when the client is gone already, or for want of descriptors.
                let Ok((socket, _)) = accepted else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let number = state.log.connection();
                let fault = state.config.connection_faults.get(number).copied();
                let fault = fault.unwrap_or(ConnectionFault::None);
                connections.push(serve(socket, fault, Arc::clone(&state)));
            }
            Some(()) = connections.next() => {}
        }
    }
}
