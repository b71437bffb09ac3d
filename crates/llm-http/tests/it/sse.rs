//! Event streams: what is read from which bytes.

use std::collections::VecDeque;

use llm_core::{ErrorKind, Result};
use llm_http::{Frame, FrameLimits, SseParser};

/// What a stream that arrives in these pieces holds.
pub(crate) fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut events = VecDeque::new();
    let mut parser = SseParser::new();
    for piece in pieces {
        parser.push(piece, &mut events).unwrap();
    }
    parser.finish(&mut events).unwrap();
    events.into()
}

fn data(text: &str) -> Frame {
    Frame::Data(text.to_owned())
}

fn unfinished(text: &str) -> Frame {
    Frame::Unfinished(text.to_owned())
}

fn check(input: impl AsRef<[u8]>, expected: &[Frame]) {
    assert_eq!(read([input.as_ref()]), expected, "{:?}", String::from_utf8_lossy(input.as_ref()));
}

const REFERENCE: &str = "\u{feff}: hello\r\nevent: message\r\nid: 1\r\ndata: {\"text\":\"日本 🦀\"}\r\n\r\n\
    data: one\ndata: two\n\n: OPENROUTER PROCESSING\n\ndata: é\r\rdata: [DONE]\n\n";

fn reference() -> Vec<Frame> {
    let crab = data("{\"text\":\"日本 🦀\"}");
    let comment = Frame::Comment;
    vec![comment.clone(), crab, data("one\ntwo"), comment, data("é"), data("[DONE]")]
}

#[test]
fn d01_any_split_reads_the_same() {
    let bytes = REFERENCE.as_bytes();
    check(bytes, &reference());
    for cut in 0..bytes.len() {
        let (first, second) = bytes.split_at(cut);
        assert_eq!(read([first, second]), reference(), "cut at {cut}");
    }
    assert_eq!(read(bytes.chunks(1)), reference());
}

#[test]
fn d02_what_is_no_utf8_is_replaced() {
    check(b"data: a\xffb\n\n", &[data("a\u{fffd}b")]);
    check(b"data: \xf0\x9f\n\n", &[data("\u{fffd}")]);
    check("data: 日\u{0}\u{2028}\n\n", &[data("日\u{0}\u{2028}")]);
}

#[test]
fn d03_any_line_ending() {
    for end in ["\n", "\r\n", "\r"] {
        let input = format!("data: a{end}data: b{end}{end}data: c{end}{end}");
        check(&input, &[data("a\nb"), data("c")]);
        assert_eq!(read(input.as_bytes().chunks(1)), [data("a\nb"), data("c")], "{end:?}");
    }
    check("data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\r", &[data("a\nb\nc"), data("d")]);
    check("data: a\n\rdata: b\r\n\n", &[data("a"), data("b")]);
    // The second return ends the event; the line feed that follows belongs to it.
    assert_eq!(read([b"data: a\r\r".as_slice(), b"\ndata: b\n\n"]), [data("a"), data("b")]);
}

#[test]
fn d03_an_event_does_not_wait_for_a_line_feed() {
    let mut events = VecDeque::new();
    SseParser::new().push(b"data: a\r\r", &mut events).unwrap();
    assert_eq!(events, [data("a")]);
}

#[test]
fn d04_a_byte_order_mark_is_one_only_at_the_start() {
    check("\u{feff}data: a\n\n", &[data("a")]);
    check("data: \u{feff}a\n\n", &[data("\u{feff}a")]);
    check("data: a\n\n\u{feff}data: b\n\n", &[data("a")]);
    check("\u{feff}\u{feff}data: a\n\n", &[]);
    check("\u{feff}\n\u{feff}data: a\n\n", &[]);
}

#[test]
fn d05_comments_are_signs_of_life() {
    let input = ": OPENROUTER PROCESSING\n\ndata: a\n:\ndata: b\n\n:x\n";
    check(input, &[Frame::Comment, Frame::Comment, data("a\nb"), Frame::Comment]);
}

#[test]
fn d06_fields() {
    check("data: a\ndata:b\ndata:  c\n\n", &[data("a\nb\n c")]);
    check("data\n\n", &[data("")]);
    check("data\ndata\n\n", &[data("\n")]);
    check("data:\n\n", &[data("")]);
    check("data: a:b\n\n", &[data("a:b")]);
    check("event: ping\nid: 1\nretry: 10\n\n", &[]);
    check("event: ping\ndata: {}\n\n", &[data("{}")]);
    check("database: a\nDATA: b\n data: c\n{\"a\":1}\n\n", &[]);
    check("\n\n\n", &[]);
    check("", &[]);
}

#[test]
fn d07_the_last_event_needs_no_blank_line() {
    check("data: a\n\ndata: b\n", &[data("a"), unfinished("b")]);
    check("data: a\n\ndata: b", &[data("a"), unfinished("b")]);
    check("data: a\ndata: b\r", &[unfinished("a\nb")]);
    check("data: a\n\n: cut off", &[data("a"), Frame::Comment]);
    check("data: a\n\nda", &[data("a")]);
}

/// The events before a limit is exceeded, and that it is.
fn refuse<'a>(limits: FrameLimits, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Frame> {
    let mut events = VecDeque::new();
    let mut parser = SseParser::with_limits(limits);
    let result: Result<()> =
        pieces.into_iter().try_for_each(|piece| parser.push(piece, &mut events));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ResponseTooLarge);
    events.into()
}

#[test]
fn d08_a_giant_line_is_refused() {
    let whole = format!("data: a\n\ndata: {}\n\n", "x".repeat(9 * 1024 * 1024));
    assert_eq!(refuse(FrameLimits::default(), [whole.as_bytes()]), [data("a")]);
    let endless = "x".repeat(64 * 1024);
    let pieces = std::iter::repeat_n(endless.as_bytes(), 160);
    assert_eq!(refuse(FrameLimits::default(), pieces), []);
    // Seven are fine.
    let input = format!("data: {}\n\n", "x".repeat(7 * 1024 * 1024));
    assert_eq!(read([input.as_bytes()]).len(), 1);
}

#[test]
fn d08_a_giant_event_is_refused() {
    let line = format!("data: {}\n", "x".repeat(1024 * 1024));
    let pieces = std::iter::repeat_n(line.as_bytes(), 17);
    assert_eq!(refuse(FrameLimits::default(), pieces), []);
}

#[test]
fn d08_more_events_than_any_answer_has_are_refused() {
    let mut limits = FrameLimits::default();
    limits.events = 2;
    assert_eq!(refuse(limits, [b"data: a\n\n:\n:\n".as_slice()]), [data("a"), Frame::Comment]);
    assert_eq!(FrameLimits::default().events, 2_000_000);
}

#[test]
fn d09_packets_and_events_are_independent() {
    check("data: a\n\ndata: b\n\n", &[data("a"), data("b")]);
    let long = "x".repeat(100_000);
    let input = format!("data: {long}\n\n");
    assert_eq!(read(input.as_bytes().chunks(100)), [data(&long)]);
}

#[test]
fn d14_the_end_mark_is_data_like_any_other() {
    check(
        "data: [DONE]\n\ndata: [DONE]\n\ndata: [done]\n\ndata: a\n\n",
        &[data("[DONE]"), data("[DONE]"), data("[done]"), data("a")],
    );
}

#[test]
fn d24_space_at_the_end_stays() {
    check("data: {\"a\":1} \n\n", &[data("{\"a\":1} ")]);
    check("data:{\"a\":1}\t\n\n", &[data("{\"a\":1}\t")]);
}
