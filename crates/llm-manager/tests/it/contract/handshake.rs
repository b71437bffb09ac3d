//! A handshake that is cut, and heals (section A of the cases).

use llm_testkit::simulator::Reply;
use tokio::{
    io::{AsyncReadExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::house::*;
use crate::certificates::{showing_trusted, trusted};

#[tokio::test(start_paused = true)]
async fn a07_a_handshake_that_is_cut_is_tried_again() {
    const NAME: &str = "contract::handshake::a07_a_handshake_that_is_cut_is_tried_again";
    let Some(folder) = trusted(NAME) else { return };
    let house = House::new(Chain::Alone, main_replying([Reply::answer()]));
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/api/v1", front.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(cut_once(front, showing_trusted(&folder, &[]), house.simulator.port()));

    let manager = manager(Chain::Alone, [&address, &address], More::default());
    let end = manager.generate("Hi").await;
    assert_eq!(story(&end), "main tls_handshake no, main ok yes -> ok");
    assert_eq!(end.unwrap().text(), "from main");
    assert_eq!(house.calls_to(MAIN), 1);
    drop(tasks);
}

/// Closes the first connection in its handshake, and leads the later ones to `port`.
async fn cut_once(front: TcpListener, acceptor: TlsAcceptor, port: u16) {
    let (mut first, _) = front.accept().await.unwrap();
    first.read_exact(&mut [0]).await.unwrap();
    drop(first);
    loop {
        let (stream, _) = front.accept().await.unwrap();
        // Small pieces must not wait for each other's acknowledgement: that is real time.
        stream.set_nodelay(true).unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut upstream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        upstream.set_nodelay(true).unwrap();
        let _ = copy_bidirectional(&mut stream, &mut upstream).await;
    }
}
