//! Streams of lines.

use std::collections::VecDeque;

use futures_util::StreamExt;
use llm_core::{ErrorKind, Result};
use llm_http::{Frame, FrameLimits, LineParser};
use proptest::{collection::vec, prelude::*};

use crate::{
    server::{Server, send},
    sse_laws::cut,
};

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<ErrorKind>) {
    let (mut parser, mut frames) = (LineParser::new(), VecDeque::new());
    let read = || -> Result<()> {
        for piece in pieces {
            parser.push(piece, &mut frames)?;
        }
        parser.finish(&mut frames)
    };
    let error = read().err().map(|error| error.kind());
    (frames.into(), error)
}

fn data(line: &str) -> Frame {
    Frame::Data(line.to_owned())
}

#[test]
fn a_line_ends_with_either_line_feed_and_empty_ones_mean_nothing() {
    let (frames, error) = read([&b"{\"a\":1}\n\r\n  \n{\"b\":2}\r\n"[..]]);
    assert_eq!((frames, error), (vec![data("{\"a\":1}"), data("{\"b\":2}")], None));
}

#[test]
fn a_byte_order_mark_at_the_beginning_means_nothing() {
    let (frames, error) = read(["\u{feff}{}\n\u{feff}{}\n".as_bytes()]);
    assert_eq!((frames, error), (vec![data("{}"), data("\u{feff}{}")], None));
}

#[test]
fn a_last_line_that_nothing_ends_may_be_cut() {
    let (frames, error) = read([&b"{}\n{\"done\":tr"[..]]);
    assert_eq!((frames, error), (vec![data("{}"), Frame::Unfinished("{\"done\":tr".into())], None));
}

#[test]
fn a_line_and_a_stream_have_a_limit() {
    let mut limits = FrameLimits::default();
    (limits.line, limits.events) = (8, 3);
    let kind = |bytes: &[u8]| {
        let mut parser = LineParser::with_limits(limits);
        parser.push(bytes, &mut VecDeque::new()).err().map(|error| error.kind())
    };
    assert_eq!(kind(b"12345678\n"), None);
    assert_eq!(kind(b"123456789\n"), Some(ErrorKind::ResponseTooLarge));
    assert_eq!(kind(b"123456789"), Some(ErrorKind::ResponseTooLarge), "before its end");
    assert_eq!(kind(b"1\n2\n3\n"), None);
    assert_eq!(kind(b"1\n\n\n4\n"), Some(ErrorKind::ResponseTooLarge), "empty lines count");
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    let (frames, error) = read([&b"{\"a\":\"\xff\"}\n\xf0\x9f"[..], b"\x98\x80\n"]);
    assert_eq!((frames, error), (vec![data("{\"a\":\"\u{fffd}\"}"), data("\u{1f600}")], None));
}

#[tokio::test]
async fn lines_come_over_a_connection_up_to_where_it_breaks() {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ncontent-length: 99\r\n\r\n";
    let server = Server::answering_once(format!("{head}{{\"a\":1}}\n{{\"b\"")).await;
    let frames: Vec<_> = send(&server).await.unwrap().lines().collect().await;
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[0].as_ref().unwrap(), &data("{\"a\":1}"));
    assert_eq!(frames[1].as_ref().unwrap_err().kind(), ErrorKind::StreamCut);
}

proptest! {
    #[test]
    fn any_split_reads_the_same(
        text in "[a{}\"\r\né🦀]{0,60}",
        sizes in vec(0_usize..12, 0..30),
    ) {
        prop_assert_eq!(read(cut(text.as_bytes(), &sizes)), read([text.as_bytes()]));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..2_000)) {
        read([&*bytes]);
    }
}
