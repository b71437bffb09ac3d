//! A wire format of somebody else's, whose errors stand where no other puts them.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use futures_util::StreamExt;
use llm_core::{ChatResponse, Error, ErrorKind, FinishReason, Result, Retry, StreamEvent};
use llm_http::{
    AnswerReader, Clock, Codec, Exchange, Failure, Framing, Report, Transcript, classify,
    parse_json, reported_inside,
};
use serde::Deserialize;

use crate::server::{Server, send};

#[derive(Clone, Debug)]
struct Own;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    say: String,
    end: bool,
    fault: Option<String>,
}

#[derive(Debug)]
struct Reader(Clock, Transcript);

fn report(fault: &str) -> Report<'_> {
    let mut report = Report::default();
    report.code = Some(fault.into());
    report
}

impl Codec for Own {
    type Reader = Reader;

    const FRAMING: Framing = Framing::Lines;

    fn decode_answer(&self, _: &[u8], _: Clock) -> Result<ChatResponse> {
        unreachable!("every answer here is a stream")
    }

    fn reader(&self, clock: Clock) -> Reader {
        Reader(clock, Transcript::default())
    }

    fn find_report<'a>(&self, body: &'a str) -> Option<Report<'a>> {
        let fault = body.split_once("\"fault\":\"")?.1.split_once('"')?.0;
        Some(report(fault))
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        classify(failure)
    }
}

impl AnswerReader for Reader {
    fn read(&mut self, data: &str, events: &mut VecDeque<StreamEvent>) -> Result<()> {
        let line: Line = parse_json(data)?;
        if let Some(fault) = &line.fault {
            return Err(reported_inside(&Own, &report(fault), self.1.has_begun(), self.0));
        }
        self.1.text(line.say, events)?;
        if line.end {
            self.1.finish(FinishReason::Stop, None, events);
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.1.is_finished()
    }

    fn end(&mut self, _: &mut VecDeque<StreamEvent>) -> Result<()> {
        self.1.close()
    }

    fn transcript(&self) -> &Transcript {
        &self.1
    }
}

fn exchange() -> Exchange<Own> {
    let model = "own/one".into();
    Exchange::new(&"own".into(), Some(&model), Own, || SystemTime::UNIX_EPOCH)
}

async fn answer(status: &str, body: &str) -> llm_http::HttpResponse {
    let server = Server::answering_once(format!("HTTP/1.1 {status}\r\n\r\n{body}")).await;
    send(&server).await.unwrap()
}

/// The events of a stream and the error it ends with.
async fn stream(body: &str) -> (Vec<StreamEvent>, Option<Error>) {
    let mut stream = exchange().stream(answer("200 OK", body).await).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}

#[tokio::test]
async fn its_errors_are_found_under_any_status_and_where_no_conversation_was_asked_for() {
    let fault = r#"{"fault":"insufficient_quota"}"#;
    let refused = answer("429 Slow\r\nretry-after: 2", fault).await;
    let error = exchange().stream(refused).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted, "without its words it is a rate limit");
    assert_eq!(error.retry(), Some(Retry::After(Duration::from_secs(2))));

    let unreadable = |_: &[u8]| Err::<(), _>(Error::new(ErrorKind::MalformedResponse, "no list"));
    let error = exchange().read(answer("200 OK", fault).await, unreadable).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted);
    let error = exchange().read(answer("200 OK", "{}").await, unreadable).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedResponse, "where nothing is reported");
}

#[tokio::test]
async fn a_fault_of_the_provider_is_one_in_mid_answer_once_something_came() {
    let overloaded = r#"{"fault":"overloaded_error"}"#;
    let (events, error) = stream(overloaded).await;
    assert_eq!((events.len(), error.unwrap().kind()), (0, ErrorKind::Overloaded));
    let (events, error) = stream(&format!("{{\"say\":\"Hi\"}}\n{overloaded}\n")).await;
    assert_eq!(events, [StreamEvent::Text("Hi".to_owned())]);
    assert_eq!(error.unwrap().kind(), ErrorKind::UpstreamMidError);
}

#[tokio::test]
async fn a_line_that_says_nothing_is_a_sign_of_life_and_none_is_read_after_the_end() {
    let (events, error) = stream("{}\n{\"say\":\"Hi\",\"end\":true}\nno JSON\n").await;
    assert!(error.is_none(), "{error:?}");
    let text = StreamEvent::Text("Hi".to_owned());
    let finish = StreamEvent::Finish { reason: FinishReason::Stop, native: None };
    assert_eq!(events, [StreamEvent::KeepAlive, text, finish]);
}
