//! What becomes of broken connections (section A of the cases).

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use llm_core::{Provider, Result};
use llm_manager::{LlmManager, ProviderFactory, ProviderSetup};
use llm_openrouter::{OpenRouter, OpenRouterConfig};
use llm_testkit::{
    simulator::{ConnectionFault, ModelScript, Reply, Simulator, SimulatorConfig},
    sockets::ClosedPort,
};

use super::house::*;
use crate::support::config;

/// An address at which nobody listens, as long as the port is kept.
fn refused() -> (String, ClosedPort) {
    let port = ClosedPort::take().unwrap();
    (format!("http://{}/api/v1", port.address()), port)
}

fn spare() -> Simulator {
    let spare = ModelScript::new(SPARE).with_answer("from spare");
    Simulator::start(SimulatorConfig::default().with_model(spare)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a01_nobody_listens_and_nobody_else_can_answer() {
    let (address, _kept) = refused();
    let failed = "main connect_refused no";
    for (llm, n_tries) in [("", 2), ("retry_attempts: 2", 3), ("retry_attempts: 0", 1)] {
        let more = More { llm, ..More::default() };
        let manager = manager(Chain::Alone, [&address, &address], more);
        let end = manager.generate("Hi").await;
        let failed = vec![failed; n_tries].join(", ");
        assert_eq!(story(&end), format!("{failed} -> ModelUnavailable connect_refused again"));
    }
}

#[tokio::test(start_paused = true)]
async fn a02_nobody_listens_and_the_fallback_answers_soon() {
    let (spare, (address, _kept)) = (spare(), refused());
    let manager = manager(Chain::WithSpare, [&address, &spare.base_url()], More::default());
    let end = manager.generate("Hi").await;
    let expected = "main connect_refused no, main connect_refused no, spare ok yes -> ok";
    assert_eq!(story(&end), expected);
    let outcome = end.unwrap();
    assert_eq!(outcome.text(), "from spare");
    assert!(outcome.elapsed() < Duration::from_millis(110), "{:?}", outcome.elapsed());
    assert_eq!(spare.calls().len(), 1);
}

/// OpenRouter at a host of which no name server knows anything.
#[derive(Debug)]
struct Nameless {
    lookups: Arc<AtomicUsize>,
    error: Option<io::ErrorKind>,
}

impl ProviderFactory for Nameless {
    fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
        let (lookups, error) = (Arc::clone(&self.lookups), self.error);
        let config = OpenRouterConfig::new(setup.api_key.unwrap_or_default())
            .with_id(setup.id)
            .with_base_url(setup.base_url.unwrap_or_default())
            .with_connect_timeout(setup.connect_timeout)
            .with_resolver(move |_| {
                lookups.fetch_add(1, Ordering::Relaxed);
                async move {
                    match error {
                        Some(kind) => Err(io::Error::new(kind, "no such host")),
                        None => std::future::pending().await,
                    }
                }
            });
        Ok(Arc::new(OpenRouter::new(config)?))
    }
}

#[tokio::test(start_paused = true)]
async fn a03_a_name_is_looked_up_twice_at_most() {
    let rows = [
        (Some(io::ErrorKind::NotFound), "main dns no", "ModelUnavailable dns"),
        (None, "main dns_timeout no", "Timeout dns_timeout"),
    ];
    for (error, failed, end) in rows {
        let failed = format!("{failed}, {failed}");
        for (chain, expected) in [
            (Chain::Alone, format!("{failed} -> {end} again")),
            (Chain::WithSpare, format!("{failed}, spare ok yes -> ok")),
        ] {
            let (lookups, spare) = (Arc::default(), spare());
            let factory = Nameless { lookups: Arc::clone(&lookups), error };
            let yaml =
                yaml(chain, ["https://nosuch.invalid/api/v1", &spare.base_url()], More::default())
                    .replacen("kind: openrouter", "kind: nameless", 1);
            let manager = LlmManager::builder()
                .config(config(&yaml))
                .provider_kind("nameless", Arc::new(factory))
                .without_state()
                .build()
                .unwrap();
            assert_eq!(story(&manager.generate("Hi").await), expected);
            assert_eq!(lookups.load(Ordering::Relaxed), 2);
        }
    }
}

/// A house whose connections meet these faults, one after another.
fn connections(faults: impl IntoIterator<Item = ConnectionFault>, main: ModelScript) -> House {
    let upstream = SimulatorConfig::default().with_model(main).with_connection_faults(faults);
    House::at(Chain::Alone, upstream, More::default())
}

#[tokio::test(start_paused = true)]
async fn a08_a_connection_closed_while_idle_is_nobodys_failure() {
    let upstream = SimulatorConfig::default()
        .with_model(main_replying([Reply::answer()]))
        .with_requests_per_connection(1);
    let house = House::at(Chain::WithSpare, upstream, More::default());
    for number in 1..=4 {
        assert_eq!(house.ask().await, "main ok yes -> ok");
        assert_eq!(house.simulator.connections(), number);
        // Lets the client see that it was closed.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let counts: Vec<_> =
        house.manager.stats().into_values().map(|known| known.error_count).collect();
    assert!(counts.iter().all(|count| *count == 0), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a09_a_pooled_connection_that_dies_with_the_request_may_have_been_billed() {
    let replies =
        [Reply::answer(), Reply::close(), Reply::answer(), Reply::close(), Reply::answer()];
    let house = House::new(Chain::WithSpare, main_replying(replies));
    let healed = "main reset_after_send maybe, main ok yes -> ok";
    for expected in ["main ok yes -> ok", healed, healed] {
        assert_eq!(house.ask().await, expected);
    }
    assert_eq!((house.calls_to(MAIN), house.calls_to(SPARE)), (5, 0));
    assert_eq!(house.simulator.connections(), 3, "a retry is on a connection of its own");
    // It counts for health once a request, after its retries.
    let house = House::new(Chain::WithSpare, main_replying([Reply::close()]));
    let failed = "main reset_after_send maybe, main reset_after_send maybe, spare ok yes -> ok";
    assert_eq!(house.ask().await, failed);
    assert_eq!(house.ask().await, failed);
    assert_eq!(house.ask().await, format!("{failed}; main rests"));
}

#[tokio::test(start_paused = true)]
async fn a10_a_reset_within_the_request_is_tried_once_more() {
    let house = connections([ConnectionFault::ResetMidRequest], main_replying([Reply::answer()]));
    let end = house.manager.generate(prompt(50_000)).await;
    assert_eq!(story(&end), "main reset_after_send maybe, main ok yes -> ok");
    assert_eq!((house.simulator.connections(), house.calls_to(MAIN)), (2, 1));
}

/// Checks that a redirect is an error of the provider's, and is not followed.
async fn check_redirect(status: u16, location: &str) {
    let failed = format!("main {status} unexpected_redirect no");
    let told = both([Reply::redirect(status, location)]).await;
    assert_eq!(told[0], format!("{failed} -> ApiError unexpected_redirect final"));
    assert_eq!(told[1], format!("{failed}, spare ok yes -> ok"));
}

#[tokio::test(start_paused = true)]
async fn a11_a_redirect_elsewhere_takes_nothing_along() {
    let elsewhere = spare();
    let location = format!("{}/chat/completions", elsewhere.base_url());
    check_redirect(307, &location).await;
    check_redirect(308, &location).await;
    assert_eq!((elsewhere.connections(), elsewhere.requests()), (0, Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a12_a_redirect_to_the_same_place_is_not_followed() {
    check_redirect(301, "/api/v1/chat/completions").await;
    check_redirect(308, "/api/v1/chat/completions").await;
}

const ANSWER: &str = r#"{"choices":[{"message":{"content":"from main"},"finish_reason":"stop"}]}"#;

#[tokio::test(start_paused = true)]
async fn a13_an_answer_of_http_1_0_needs_no_length() {
    let whole = Reply::raw(format!("HTTP/1.0 200 OK\r\n\r\n{ANSWER}"));
    assert_eq!(both([whole]).await, ["main ok yes -> ok", "main ok yes -> ok"]);
    let half = Reply::raw(format!("HTTP/1.0 200 OK\r\n\r\n{}", &ANSWER[..40]));
    let [alone, with_spare] = both([half, Reply::answer()]).await;
    assert_eq!(alone, "main truncated_response yes, main ok yes -> ok");
    assert_eq!(with_spare, "main truncated_response yes, spare ok yes -> ok");
}

#[tokio::test(start_paused = true)]
async fn a14_a_length_that_is_not_true_never_reaches_the_next_answer() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", ANSWER.len());
    let more = Reply::raw(format!("{head}{ANSWER}HTTP/1.1 200 OK\r\n\r\n{{}}"));
    let house = House::new(Chain::Alone, main_replying([more.clone(), more]));
    for number in 1..=2 {
        assert_eq!(house.asked().await.unwrap().text(), "from main");
        assert_eq!(house.simulator.connections(), number);
    }
    let conflicts = [
        ("content-length: 2\r\ncontent-length: 3", "main protocol_violation maybe"),
        ("content-length: 2\r\ntransfer-encoding: chunked", "main 200 protocol_violation maybe"),
    ];
    for (heads, failed) in conflicts {
        let twice = Reply::raw(format!("HTTP/1.1 200 OK\r\n{heads}\r\n\r\n{{}}"));
        let [alone, with_spare] = both([twice]).await;
        assert_eq!(alone, format!("{failed} -> ApiError protocol_violation final"));
        assert_eq!(with_spare, format!("{failed}, spare ok yes -> ok"));
    }
}

#[tokio::test(start_paused = true)]
async fn a15_early_hints_come_before_an_answer() {
    let early =
        format!("HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{ANSWER}");
    assert_eq!(both([Reply::raw(early)]).await, ["main ok yes -> ok", "main ok yes -> ok"]);
}

#[tokio::test(start_paused = true)]
async fn a16_headers_without_end_fall_back() {
    let many = "x-a: b\r\n".repeat(200_000);
    let large = format!("x-a: {}\r\n", "b".repeat(1024 * 1024));
    for headers in [many, large] {
        let endless = Reply::raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{ANSWER}"));
        let house = House::new(Chain::WithSpare, main_replying([endless]));
        assert_eq!(house.ask().await, "main protocol_violation maybe, spare ok yes -> ok");
    }
}
