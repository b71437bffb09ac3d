//! Laws of event streams.

use std::collections::VecDeque;

use llm_http::{Frame, SseParser};
use proptest::{collection::vec, prelude::*};

use crate::sse::read;

/// Bytes of which streams are made, so that most inputs mean something.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b"data:".to_vec()),
        Just(b"data: {\"a\":1}".to_vec()),
        Just(b"data".to_vec()),
        Just(b"event: x".to_vec()),
        Just(b": ".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\n\n".to_vec()),
        Just("\u{feff}".as_bytes().to_vec()),
        Just("日🦀".as_bytes().to_vec()),
        vec(any::<u8>(), 0..4),
    ];
    vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

/// Cuts bytes into pieces of these sizes; what is left is the last piece.
pub(crate) fn cut<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for size in sizes {
        let (piece, rest) = bytes.split_at((*size).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

proptest! {
    #[test]
    fn any_split_reads_the_same(bytes in stream(), sizes in vec(0_usize..12, 0..30)) {
        prop_assert_eq!(read(cut(&bytes, &sizes)), read([&*bytes]));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..2_000)) {
        read([&*bytes]);
    }

    #[test]
    fn what_is_written_is_read(texts in vec("[^\r\n]{0,30}", 0..10)) {
        let written: Vec<_> = texts.iter().map(|text| format!("data: {text}\n\n")).collect();
        let expected: Vec<_> = texts.into_iter().map(Frame::Data).collect();
        prop_assert_eq!(read(written.iter().map(String::as_bytes)), expected);
    }

    #[test]
    fn events_come_as_soon_as_they_are_whole(text in "[^\r\n]{0,30}") {
        let mut events = VecDeque::new();
        let mut parser = SseParser::new();
        parser.push(format!("data: {text}\n").as_bytes(), &mut events).unwrap();
        prop_assert!(events.is_empty());
        parser.push(b"\n", &mut events).unwrap();
        prop_assert_eq!(events.len(), 1);
    }
}
