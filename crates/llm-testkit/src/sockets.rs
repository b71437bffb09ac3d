//! Addresses of 127.0.0.1 at which no connection comes about.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

/// Longer than a connection to this machine takes, unless nobody takes it.
const PATIENCE: Duration = Duration::from_secs(1);
/// More connections than any system lets wait where one was asked for.
const MOST_WAITING: usize = 100;

/// A port on which nobody listens: a connection to it is refused.
///
/// It is taken as long as this lives, so that nobody else can begin to listen on it.
#[derive(Debug)]
pub struct ClosedPort {
    address: SocketAddr,
    _socket: TcpSocket,
}

impl ClosedPort {
    /// Takes a free port. Needs no runtime.
    ///
    /// # Errors
    ///
    /// When the system has no port to give.
    pub fn take() -> io::Result<Self> {
        let socket = bound()?;
        Ok(Self { address: socket.local_addr()?, _socket: socket })
    }

    /// The address with the port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A port on which somebody listens who accepts nobody, with no room for another who waits: a
/// connection to it never comes about.
#[derive(Debug)]
pub struct FullBacklog {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl FullBacklog {
    /// Takes a free port and connects to it until the system takes no more; this needs a second of
    /// `tokio::time`.
    ///
    /// # Errors
    ///
    /// When the system has no port to give, fails to connect, or never takes no more.
    pub async fn fill() -> io::Result<Self> {
        let listener = bound()?.listen(1)?;
        let address = listener.local_addr()?;
        let mut waiting = Vec::new();
        while let Ok(connection) = timeout(PATIENCE, TcpStream::connect(address)).await {
            waiting.push(connection?);
            if waiting.len() == MOST_WAITING {
                return Err(io::Error::other("the backlog has no end"));
            }
        }
        Ok(Self { address, _listener: listener, _waiting: waiting })
    }

    /// The address with the port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn bound() -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Ok(socket)
}
