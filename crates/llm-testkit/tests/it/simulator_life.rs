//! The simulator's log, its connections, its seeds and its end.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use llm_testkit::simulator::{
    AnswerText, CallOutcome, Latency, ModelScript, Reply, Simulator, SimulatorConfig,
};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::wire::{
    End, chat, connect, ended, get, post, post_text, read, send, simulator, start, with,
};

const SECOND: Duration = Duration::from_secs(1);

/// Whether a whole response stands at the end of what has come.
fn whole(bytes: &[u8]) -> bool {
    bytes.ends_with(b"}") || bytes.ends_with(b"\r\n0\r\n\r\n")
}

#[tokio::test(start_paused = true)]
async fn every_call_is_logged_with_its_body_and_its_times() {
    let simulator = simulator(|model| model.with_latency(Latency::Fixed(2 * SECOND)));
    tokio::time::advance(SECOND).await;
    let body = with(chat(true), &json!({"temperature": 0.5}));
    send(&simulator, &post_text(&body.to_string(), "X-Title: mine\r\nconnection: close\r\n")).await;
    let [call] = &simulator.calls()[..] else { panic!("one call") };
    assert_eq!((call.model.as_str(), call.stream, call.authorized), ("acme/one", true, true));
    assert_eq!(call.body, body);
    assert_eq!((call.started, call.ended), (SECOND, Some(3 * SECOND)));
    assert_eq!(simulator.uptime(), 3 * SECOND);
    assert_eq!(call.outcome, Some(CallOutcome::Answered));
    assert_eq!(call.header("x-title"), Some("mine"));
    assert!(!format!("{call:?}").contains("sk-test-000"));
}

#[tokio::test(start_paused = true)]
async fn requests_and_calls_are_counted_apart() {
    let simulator = simulator(|model| model);
    send(&simulator, &get("/api/v1/models")).await;
    send(&simulator, &post(&chat(false))).await;
    assert_eq!(simulator.requests(), ["GET /api/v1/models", "POST /api/v1/chat/completions"]);
    assert_eq!((simulator.calls().len(), simulator.calls_to("acme/one").len()), (1, 1));
    assert_eq!(simulator.calls_to("acme/two").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_noticed_at_once() {
    for reply in [Reply::hang(), Reply::stall_after(1), Reply::answer().after(60 * SECOND)] {
        let simulator = simulator(|model| model.with_reply(reply));
        let mut socket = connect(&simulator).await;
        socket.write_all(post(&chat(true)).as_bytes()).await.unwrap();
        simulator.wait_for_calls(1).await;
        assert_eq!(simulator.calls()[0].outcome, None);
        tokio::time::sleep(3 * SECOND).await;
        drop(socket);
        let calls = ended(&simulator, 1).await;
        assert_eq!(calls[0].outcome, Some(CallOutcome::ClientLeft { after: 3 * SECOND }));
        assert!(calls[0].client_left());
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_reading_an_endless_stream_is_noticed() {
    let simulator = simulator(|model| model.with_reply(Reply::repeat(Duration::ZERO)));
    let mut socket = connect(&simulator).await;
    socket.write_all(post(&chat(true)).as_bytes()).await.unwrap();
    read(&mut socket, |bytes| bytes.len() > 10_000).await;
    drop(socket);
    assert!(ended(&simulator, 1).await[0].client_left());
}

#[tokio::test(start_paused = true)]
async fn a_connection_serves_one_request_after_another() {
    let simulator = simulator(|model| model);
    let mut socket = connect(&simulator).await;
    for stream in [false, true, false] {
        let request = post_text(&chat(stream).to_string(), "");
        socket.write_all(request.as_bytes()).await.unwrap();
        let got = read(&mut socket, whole).await;
        assert_eq!((got.status(), got.end), (200, Some(End::Enough)));
    }
    assert_eq!((simulator.connections(), simulator.calls().len()), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn requests_sent_together_are_answered_one_by_one() {
    let simulator = simulator(|model| model.with_latency(Latency::Fixed(SECOND)));
    let mut socket = connect(&simulator).await;
    let both = post_text(&chat(false).to_string(), "") + &post(&chat(false));
    socket.write_all(both.as_bytes()).await.unwrap();
    let got = read(&mut socket, |_| false).await;
    assert_eq!(String::from_utf8_lossy(&got.bytes).matches("HTTP/1.1 200 OK").count(), 2);
    assert_eq!(simulator.calls()[1].ended, Some(2 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_connection_can_close_unannounced_after_some_requests() {
    let config = SimulatorConfig::default().with_requests_per_connection(1);
    let simulator = start(config.with_model(ModelScript::new("acme/one")));
    let mut socket = connect(&simulator).await;
    socket.write_all(post_text(&chat(false).to_string(), "").as_bytes()).await.unwrap();
    let got = read(&mut socket, |_| false).await;
    assert_eq!((got.header("connection"), got.end), (None, Some(End::Closed)));
}

#[tokio::test(start_paused = true)]
async fn an_old_client_gets_no_chunks() {
    let simulator = simulator(|model| model);
    let request = post(&chat(true)).replace("HTTP/1.1", "HTTP/1.0");
    let got = send(&simulator, &request).await;
    assert_eq!(got.header("transfer-encoding"), None);
    assert_eq!(got.streamed_text(), "one two three four");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let simulator = simulator(|model| model);
    let request =
        post_text(&chat(false).to_string(), "expect: 100-continue\r\nconnection: close\r\n");
    let got = send(&simulator, &request).await;
    let text = String::from_utf8_lossy(&got.bytes).into_owned();
    assert!(text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn first_replies_come_in_order_then_the_model_works() {
    let simulator = simulator(|model| model.with_replies([Reply::status(503), Reply::status(429)]));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(send(&simulator, &post(&chat(false))).await.status());
    }
    assert_eq!(statuses, [503, 429, 200, 200]);
}

/// Statuses, texts and durations of forty calls with everything drawn.
async fn drawn(seed: u64) -> Vec<(u16, String, Duration)> {
    let model = ModelScript::new("acme/one")
        .with_text(AnswerText::Generated(5))
        .with_latency(Latency::LogNormal { median: SECOND, sigma: 0.6 })
        .sometimes(0.2, Reply::status(503))
        .sometimes(0.2, Reply::status(429));
    let simulator = start(SimulatorConfig::default().with_seed(seed).with_model(model));
    let mut drawn = Vec::new();
    for _ in 0..40 {
        let got = send(&simulator, &post(&chat(false))).await;
        let text = got.json()["choices"][0]["message"]["content"].to_string();
        drawn.push((got.status(), text, got.arrivals[0].0));
    }
    drawn
}

#[tokio::test(start_paused = true)]
async fn a_seed_decides_everything_that_is_drawn() {
    let first = drawn(7).await;
    assert_eq!(first, drawn(7).await);
    assert_ne!(first, drawn(8).await);
    for status in [200, 429, 503] {
        assert!(first.iter().any(|(drawn, ..)| *drawn == status), "no {status} among forty calls");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_can_change_while_the_simulator_runs() {
    let simulator = simulator(|model| model.with_reply(Reply::status(503)));
    assert_eq!(send(&simulator, &post(&chat(false))).await.status(), 503);
    simulator.set_model(ModelScript::new("acme/one"));
    assert_eq!(send(&simulator, &post(&chat(false))).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn closing_closes_listener_and_connections() {
    let simulator = simulator(|model| model.with_reply(Reply::hang()));
    let port = simulator.port();
    let mut socket = connect(&simulator).await;
    socket.write_all(post(&chat(true)).as_bytes()).await.unwrap();
    simulator.wait_for_calls(1).await;
    simulator.close().await;
    assert!(matches!(read(&mut socket, |_| false).await.end, Some(End::Closed | End::Reset)));
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn dropping_closes_too() {
    let simulator = simulator(|model| model.with_reply(Reply::hang()));
    let mut socket = connect(&simulator).await;
    socket.write_all(post(&chat(true)).as_bytes()).await.unwrap();
    simulator.wait_for_calls(1).await;
    drop(simulator);
    assert_ne!(read(&mut socket, |_| false).await.end, Some(End::Silent));
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_taken_is_an_error() {
    let simulator = simulator(|model| model);
    assert!(simulator.base_url().ends_with(&format!(":{}/api/v1", simulator.port())));
    let taken = SimulatorConfig::default().with_port(simulator.port());
    let error = Simulator::start(taken).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn without_a_runtime_starting_is_an_error() {
    assert!(Simulator::start(SimulatorConfig::default()).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_are_served_on_several_threads() {
    let simulator = Arc::new(simulator(|model| model));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let simulator = Arc::clone(&simulator);
        clients.spawn(async move { send(&simulator, &post(&chat(true))).await.streamed_text() });
    }
    while let Some(text) = clients.join_next().await {
        assert_eq!(text.unwrap(), "one two three four");
    }
    assert_eq!(ended(&simulator, 32).await.len(), 32);
}

#[tokio::test(start_paused = true)]
async fn hundreds_who_come_in_one_instant_find_room() {
    const CALLERS: usize = 400;
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn");
    let most: usize = most.ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default();
    if most < CALLERS {
        println!("skipped: this system lets fewer than {CALLERS} connections wait");
        return;
    }
    let simulator = simulator(|model| model);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, simulator.port()));
    // These block the one thread, so that the simulator accepts none of them meanwhile.
    let connect = |_| std::net::TcpStream::connect_timeout(&address, SECOND);
    let connected: Vec<_> = (0..CALLERS).map(connect).take_while(Result::is_ok).collect();
    assert_eq!(connected.len(), CALLERS);
}
