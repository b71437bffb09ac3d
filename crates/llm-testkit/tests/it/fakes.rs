//! The fakes do what they are told, and remember what they were asked.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use llm_core::{
    Capabilities, ChatRequest, Error, ErrorKind, FinishReason, ModelInfo, Provider, Retry,
    StreamEvent, Usage,
};
use llm_testkit::fakes::{
    CallEnd, EchoProvider, FailProvider, NeverProvider, ScriptedProvider, SlowProvider, Step,
};
use tokio::time::{Instant, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn hello() -> ChatRequest {
    ChatRequest::from("hello")
}

fn scripted(steps: impl IntoIterator<Item = Step>) -> ScriptedProvider {
    ScriptedProvider::new("mock").with_model("acme/one", steps)
}

async fn said(provider: &dyn Provider) -> Result<String, ErrorKind> {
    let answer = provider.chat(&"acme/one".into(), hello()).await;
    answer.map(|response| response.text()).map_err(|error| error.kind())
}

/// The events of a stream and when each came.
async fn streamed(provider: &dyn Provider) -> Vec<(u64, Result<StreamEvent, ErrorKind>)> {
    let start = Instant::now();
    let mut events = Vec::new();
    match provider.stream(&"acme/one".into(), hello()).await {
        Ok(mut stream) => {
            while let Some(event) = stream.next().await {
                events.push((start.elapsed().as_secs(), event.map_err(|error| error.kind())));
            }
        }
        Err(error) => events.push((start.elapsed().as_secs(), Err(error.kind()))),
    }
    events
}

fn text(text: &str) -> StreamEvent {
    StreamEvent::Text(text.to_owned())
}

fn stop() -> StreamEvent {
    StreamEvent::Finish { reason: FinishReason::Stop, native: None }
}

#[tokio::test(start_paused = true)]
async fn steps_are_taken_one_a_call_and_the_last_repeats() {
    let provider = scripted([Step::error(ErrorKind::Overloaded), Step::answer("fine")]);
    assert_eq!(said(&provider).await, Err(ErrorKind::Overloaded));
    assert_eq!(said(&provider).await.as_deref(), Ok("fine"));
    assert_eq!(said(&provider).await.as_deref(), Ok("fine"));
    provider.script("acme/one", [Step::answer("changed")]);
    assert_eq!(said(&provider).await.as_deref(), Ok("changed"));
}

#[tokio::test(start_paused = true)]
async fn errors_name_their_origin_and_keep_their_hints() {
    let busy = Error::new(ErrorKind::RateLimited, "busy").with_retry(Retry::After(SECOND));
    let provider = scripted([Step::fail(busy).after(2 * SECOND)]);
    let start = Instant::now();
    let error = provider.chat(&"acme/one".into(), hello()).await.unwrap_err();
    assert_eq!(start.elapsed(), 2 * SECOND);
    assert_eq!(error.to_string(), "mock:acme/one: rate_limited: busy");
    assert_eq!(error.retry(), Some(Retry::After(SECOND)));
    let unknown = provider.chat(&"acme/none".into(), hello()).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::ModelNotFound);
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_gaps_and_a_whole_answer_takes_as_long() {
    let step = Step::text(["a", "b"]).after(SECOND).gap(2 * SECOND);
    let provider = scripted([step]);
    assert_eq!(
        streamed(&provider).await,
        [(3, Ok(text("a"))), (5, Ok(text("b"))), (7, Ok(stop()))]
    );
    let start = Instant::now();
    assert_eq!(said(&provider).await.as_deref(), Ok("ab"));
    assert_eq!(start.elapsed(), 7 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_cut_or_fail() {
    let provider = scripted([Step::text(["a"]).then_cut()]);
    assert_eq!(streamed(&provider).await, [(0, Ok(text("a")))]);
    assert_eq!(said(&provider).await, Err(ErrorKind::StreamCut));
    let provider = scripted([Step::text(["a"]).then_error(ErrorKind::UpstreamMidError)]);
    let failed = Err(ErrorKind::UpstreamMidError);
    assert_eq!(streamed(&provider).await, [(0, Ok(text("a"))), (0, failed)]);
    let ends: Vec<_> = provider.calls().into_iter().map(|call| call.end.unwrap()).collect();
    assert_eq!(ends, [CallEnd::Failed(ErrorKind::UpstreamMidError)]);
}

#[tokio::test(start_paused = true)]
async fn a_step_can_report_usage() {
    let provider = scripted([Step::answer("fine").with_usage(Usage::of(3, 5))]);
    let response = provider.chat(&"acme/one".into(), hello()).await.unwrap();
    assert_eq!(response.usage, Some(Usage::of(3, 5)));
}

#[tokio::test(start_paused = true)]
async fn silence_and_signs_of_life_last_for_ever() {
    let provider =
        scripted([Step::hang(), Step::text(["a"]).then_hang(), Step::keep_alive_every(SECOND)]);
    assert!(timeout(3_600 * SECOND, said(&provider)).await.is_err());
    let model = "acme/one".into();
    let mut stream = provider.stream(&model, hello()).await.unwrap();
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::Text(_)))));
    assert!(timeout(3_600 * SECOND, stream.next()).await.is_err());
    let mut stream = provider.stream(&model, hello()).await.unwrap();
    let start = Instant::now();
    for _ in 0..10 {
        assert_eq!(stream.next().await.unwrap().unwrap(), StreamEvent::KeepAlive);
    }
    assert_eq!(start.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn calls_are_remembered_with_their_ends() {
    let provider = Arc::new(scripted([Step::answer("fine").after(2 * SECOND), Step::hang()]));
    tokio::time::advance(SECOND).await;
    said(&provider).await.unwrap();
    assert!(timeout(5 * SECOND, said(&provider)).await.is_err());
    let [answered, dropped] = &provider.calls()[..] else { panic!("two calls") };
    assert_eq!((answered.started, answered.ended), (SECOND, Some(3 * SECOND)));
    assert_eq!(answered.end, Some(CallEnd::Answered));
    assert_eq!((&answered.request, answered.streamed), (&hello(), false));
    assert!(dropped.was_dropped());
    assert_eq!(dropped.elapsed(), Some(5 * SECOND));
    assert_eq!(provider.called_models(), ["acme/one", "acme/one"]);
    assert_eq!((provider.calls_to("acme/one").len(), provider.running()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stream_runs_until_its_last_event_or_until_it_is_dropped() {
    let provider = scripted([Step::text(["a", "b"]).gap(SECOND)]);
    let mut stream = provider.stream(&"acme/one".into(), hello()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!(provider.running(), 1);
    drop(stream);
    assert_eq!(provider.calls()[0].elapsed(), Some(SECOND));
    assert!(provider.calls()[0].was_dropped());

    let mut stream = provider.stream(&"acme/one".into(), hello()).await.unwrap();
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    drop(stream);
    assert_eq!(provider.calls()[1].end, Some(CallEnd::Answered), "the last event was taken");
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_is_the_script_unless_told_otherwise() {
    let provider = scripted([Step::answer("fine")]);
    assert_eq!(provider.models().await.unwrap(), [ModelInfo::new("acme/one")]);
    let mut model = ModelInfo::new("acme/two");
    model.capabilities = Capabilities::default();
    let provider = provider.with_catalogue([model.clone()]);
    assert_eq!(provider.models().await.unwrap(), [model]);
}

#[tokio::test(start_paused = true)]
async fn the_small_fakes_are_what_they_are_called() {
    let echo = EchoProvider::new("echo");
    assert_eq!(said(&echo).await.as_deref(), Ok("hello"));
    assert!(streamed(&echo).await.contains(&(0, Ok(text("hello")))));

    let slow = SlowProvider::new("slow", 3 * SECOND);
    let start = Instant::now();
    assert_eq!(said(&slow).await.as_deref(), Ok("hello"));
    assert_eq!(start.elapsed(), 3 * SECOND);
    assert!(streamed(&slow).await.contains(&(3, Ok(text("hello")))));

    let fail = FailProvider::new("fail", ErrorKind::UpstreamAuth);
    assert_eq!(said(&fail).await, Err(ErrorKind::UpstreamAuth));
    assert_eq!(streamed(&fail).await, [(0, Err(ErrorKind::UpstreamAuth))]);
    assert!(fail.models().await.is_err());

    let never = NeverProvider::new("never");
    assert!(timeout(3_600 * SECOND, said(&never)).await.is_err());
    assert!(timeout(3_600 * SECOND, streamed(&never)).await.is_err());
}
