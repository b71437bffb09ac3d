//! What the caller of a stream sees, and from when on.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{StreamExt, stream};
use llm_core::{
    ChatResponse, Error, ErrorKind, FinishReason, MockProvider, ResponseBuilder, StreamEvent, Usage,
};
use llm_strategies::{AnswerStream, CallOptions, Commit, Engine, Fallback};
use llm_testkit::fakes::{ScriptedProvider, Step};
use tokio::time::{Instant, sleep};

use crate::support::*;

const CHAIN: [(&str, llm_core::ModelRole); 2] = [("p", Primary), ("f", LAST_RESORT)];

fn open(engine: &Engine) -> AnswerStream {
    engine.stream(Arc::new(Fallback), "Hi".into(), CallOptions::default())
}

fn house(commit: Commit, p: Vec<Step>) -> (Arc<ScriptedProvider>, Engine) {
    let provider = scripted([("p", p), ("f", vec![Step::text(["from ", "f"])])]);
    let settings = settings(|s| {
        s.commit = commit;
        s.retry_attempts = 0;
    });
    let engine = engine_with(settings, &provider, &CHAIN);
    (provider, engine)
}

/// The text handed over, and how the stream ended: `ok by MODEL` or the error's kind.
async fn read(mut stream: AnswerStream) -> (String, String) {
    let mut text = String::new();
    let mut end = None;
    while let Some(event) = stream.next().await {
        assert!(end.is_none(), "nothing follows an error");
        match event {
            Ok(StreamEvent::Text(more)) => text.push_str(&more),
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.history().unwrap().partial, !text.is_empty());
                end = Some(error.kind().to_string());
            }
        }
    }
    let end = end.unwrap_or_else(|| format!("ok by {}", stream.outcome().unwrap().model()));
    (text, end)
}

async fn check(commit: Commit, p: Step, expected: (&str, &str)) {
    let (_, engine) = house(commit, vec![p.clone()]);
    let (text, end) = read(open(&engine)).await;
    assert_eq!((&*text, &*end), expected, "{commit:?} {p:?}");
}

#[tokio::test(start_paused = true)]
async fn before_the_commit_point_a_failure_is_invisible() {
    let window = Commit::Window { tokens: 3, time: seconds(1.5) };
    for commit in [Commit::FirstToken, window, Commit::Complete] {
        check(commit, Step::error(ErrorKind::Overloaded), ("from f", "ok by f")).await;
        check(commit, Step::text(["fine"]), ("fine", "ok by p")).await;
    }
    let two = || Step::text(["a", "b"]).then_cut();
    check(window, two(), ("from f", "ok by f")).await;
    check(Commit::Complete, Step::text(["a"; 50]).then_cut(), ("from f", "ok by f")).await;
}

#[tokio::test(start_paused = true)]
async fn after_it_an_error_ends_the_stream_and_nobody_else_speaks() {
    let window = Commit::Window { tokens: 3, time: seconds(1.5) };
    check(Commit::FirstToken, Step::text(["a"]).then_cut(), ("a", "stream_cut")).await;
    check(window, Step::text(["a", "b", "c"]).then_cut(), ("abc", "stream_cut")).await;
    let failing = Step::text(["a"]).then_error(ErrorKind::UpstreamMidError);
    let (provider, engine) = house(Commit::FirstToken, vec![failing]);
    assert_eq!(read(open(&engine)).await, ("a".to_owned(), "upstream_mid_error".to_owned()));
    assert_eq!(called(&provider), "p");
}

#[tokio::test(start_paused = true)]
async fn the_error_after_content_is_that_of_the_model_that_spoke() {
    let provider = scripted([
        ("p", vec![Step::error(ErrorKind::UpstreamAuth)]),
        ("f", vec![Step::text(["a"]).then_cut()]),
    ]);
    let mut chain = CHAIN.map(|(name, role)| target(&provider, name, role));
    chain[1].credential = "another".into();
    let engine = engine_of(chain);
    assert_eq!(read(open(&engine)).await, ("a".to_owned(), "stream_cut".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_window_also_ends_by_time() {
    let window = Commit::Window { tokens: 32, time: seconds(1.5) };
    let (_, engine) = house(window, vec![Step::text(["a"]).then_hang()]);
    let started = Instant::now();
    let mut stream = open(&engine);
    assert_eq!(stream.next().await.unwrap().unwrap(), StreamEvent::Text("a".to_owned()));
    assert_about(started.elapsed(), 1.5, 0.002);
    assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::IdleTimeout);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn h01_after_a_fallback_the_caller_sees_what_the_fallback_alone_would_send() {
    let usage = Step::text(["from ", "f"]).with_usage(Usage::of(3, 2));
    let provider = scripted([("p", vec![Step::error(ErrorKind::TlsInvalid)]), ("f", vec![usage])]);
    let both = open(&engine(&provider, &CHAIN)).collect::<Vec<_>>().await;
    let alone = open(&engine(&provider, &[("f", LAST_RESORT)])).collect::<Vec<_>>().await;
    let events = |events: Vec<llm_core::Result<StreamEvent>>| -> Vec<_> {
        events.into_iter().map(|event| event.unwrap()).collect()
    };
    assert_eq!(events(both), events(alone));
}

#[tokio::test(start_paused = true)]
async fn h06_nothing_of_a_failed_attempt_is_left_in_the_answer() {
    let half = Step::text(["half of "]).with_usage(Usage::of(9, 9)).then_cut();
    let (_, engine) = house(Commit::Complete, vec![half]);
    let mut stream = open(&engine);
    let mut builder = ResponseBuilder::default();
    while let Some(event) = stream.next().await {
        builder.push(event.unwrap());
    }
    let mut expected = ChatResponse::from_text("from f");
    expected.finish_reason = Some(FinishReason::Stop);
    assert_eq!(builder.finish().unwrap(), expected);
    assert_eq!(stream.into_outcome().unwrap().response, expected);
}

#[tokio::test(start_paused = true)]
async fn keep_alives_do_not_commit() {
    let alive = Step::events(vec![StreamEvent::KeepAlive; 3]).then_error(ErrorKind::Overloaded);
    check(Commit::FirstToken, alive, ("from f", "ok by f")).await;
}

#[tokio::test(start_paused = true)]
async fn the_time_to_the_first_token_is_told() {
    let (_, engine) = house(Commit::FirstToken, vec![Step::text(["a", "b"]).gap(seconds(2.0))]);
    let mut stream = open(&engine);
    while stream.next().await.is_some() {}
    let history = &stream.outcome().unwrap().history;
    assert_eq!(history.time_to_first_token, Some(seconds(2.0)));
    assert_eq!(history.attempts[0].time_to_first_token, Some(seconds(2.0)));
    assert_eq!(history.elapsed, seconds(6.0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_poll_and_dropping_ends_the_call() {
    let provider = scripted([("p", vec![Step::text(["a", "b", "c", "d"]).gap(seconds(1.0))])]);
    let engine = engine(&provider, &[("p", Primary)]);
    let mut stream = open(&engine);
    sleep(seconds(5.0)).await;
    assert_eq!(called(&provider), "");
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    assert_eq!(provider.running(), 1);
    drop(stream);
    assert!(provider.calls()[0].was_dropped());
    assert_eq!(statistics(&engine, "p").error_count, 1);
    assert_about(resting(&engine, "p"), 0.0, 0.0);
}

/// A model that says `a`, finishes, and goes on with `rest`.
fn finished_then(
    rest: fn() -> stream::BoxStream<'static, llm_core::Result<StreamEvent>>,
) -> Engine {
    let mut provider = MockProvider::new();
    provider.expect_stream().returning(move |_, _| {
        let finish = StreamEvent::Finish { reason: FinishReason::Stop, native: None };
        let answer = [StreamEvent::Text("a".to_owned()), finish].map(Ok);
        Ok(stream::iter(answer).chain(rest()).boxed())
    });
    engine_of([target(&Arc::new(provider), "p", Primary)])
}

#[tokio::test(start_paused = true)]
async fn d13_a_whole_answer_needs_no_good_end() {
    let broken = || stream::iter([Err(Error::new(ErrorKind::StreamCut, "scripted"))]).boxed();
    let silent = || stream::pending().boxed();
    let usage = || {
        let late = async {
            sleep(seconds(2.0)).await;
            Ok(StreamEvent::Usage(Usage::of(3, 2)))
        };
        stream::once(late).chain(stream::pending()).boxed()
    };
    for rest in [broken, silent, usage] {
        let whole = read(open(&finished_then(rest))).await;
        assert_eq!(whole, ("a".to_owned(), "ok by p".to_owned()));
    }
    let options = options(|o| o.timeout = Some(seconds(1.0)));
    let late = finished_then(silent).stream(Arc::new(Fallback), "Hi".into(), options);
    assert_eq!(read(late).await, ("a".to_owned(), "ok by p".to_owned()), "nor more time");
    let outcome = ask(&finished_then(usage)).await.unwrap();
    assert_eq!(outcome.response.usage, Some(Usage::of(3, 2)), "what comes late is told");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_a_filter_withheld_needs_no_good_end_either() {
    let mut provider = MockProvider::new();
    provider.expect_stream().times(1).returning(|_, _| {
        let finish = StreamEvent::Finish { reason: FinishReason::ContentFilter, native: None };
        Ok(stream::iter([Ok(finish)]).chain(stream::pending()).boxed())
    });
    let outcome = ask(&engine_of([target(&Arc::new(provider), "p", Primary)])).await.unwrap();
    assert_eq!(outcome.response.finish_reason, Some(FinishReason::ContentFilter));
}

/// A model that counts how many of its events were read.
fn counted(events: usize) -> (Arc<AtomicUsize>, Engine) {
    let read = Arc::new(AtomicUsize::new(0));
    let mut provider = MockProvider::new();
    let counter = Arc::clone(&read);
    provider.expect_stream().times(1).returning(move |_, _| {
        let counter = Arc::clone(&counter);
        let text = stream::iter(0..events).map(|_| Ok(StreamEvent::Text("a".to_owned())));
        let finish = StreamEvent::Finish { reason: FinishReason::Stop, native: None };
        let events = text.chain(stream::iter([Ok(finish)]));
        Ok(events
            .inspect(move |_| {
                counter.fetch_add(1, Ordering::Relaxed);
            })
            .boxed())
    });
    let engine = engine_of([target(&Arc::new(provider), "p", Primary)]);
    (read, engine)
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_slows_the_upstream_down() {
    let (read, engine) = counted(10_000);
    let mut stream = open(&engine);
    stream.next().await.unwrap().unwrap();
    sleep(seconds(10.0)).await;
    assert!(
        read.load(Ordering::Relaxed) < 40,
        "{} events were read ahead",
        read.load(Ordering::Relaxed)
    );
    let rest = stream.by_ref().count().await;
    assert_eq!(rest, 10_000, "the other texts and the finish");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not_the_models_silence() {
    for burst in 1..40 {
        let mut provider = MockProvider::new();
        provider.expect_stream().times(1).returning(move |_, _| {
            let text = || Ok(StreamEvent::Text("a".to_owned()));
            let later = stream::once(async move {
                sleep(seconds(1.0)).await;
                text()
            });
            let finish = StreamEvent::Finish { reason: FinishReason::Stop, native: None };
            let burst = stream::iter((0..burst).map(move |_| text()));
            Ok(burst.chain(later).chain(stream::iter([Ok(finish)])).boxed())
        });
        let engine = engine_of([target(&Arc::new(provider), "p", Primary)]);
        let mut stream = open(&engine);
        stream.next().await.unwrap().unwrap();
        // Longer than the limit for silence, while the model's next words are still to come.
        sleep(seconds(40.0)).await;
        while let Some(event) = stream.next().await {
            event.unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_streams_on_request_does_so_for_a_stream_alone() {
    for (on_request, pieces) in [(true, 2), (false, 1)] {
        let answers = vec![Step::text(["fi", "ne"]), Step::text(["fi", "ne"])];
        let provider = scripted([("p", answers)]);
        let mut target = target(&provider, "p", Primary);
        (target.upstream_stream, target.stream_on_request) = (false, on_request);
        let engine = engine_of([target]);
        let text = |event: &StreamEvent| matches!(event, StreamEvent::Text(_));
        let events: Vec<_> = open(&engine).map(Result::unwrap).collect().await;
        assert_eq!(events.iter().filter(|event| text(event)).count(), pieces, "{on_request}");
        assert_eq!(ask(&engine).await.unwrap().text(), "fine");
        let streamed: Vec<bool> = provider.calls().iter().map(|call| call.streamed).collect();
        assert_eq!(streamed, [on_request, false]);
    }
}
