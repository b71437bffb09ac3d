//! The ways in which the primary fails.

use std::time::Duration;

use llm_testkit::simulator::{ModelScript, Reply};

use super::house::{PRIMARY, healthy};

/// Tokens that come before a fault in mid-stream.
pub(super) const TOKENS_BEFORE: usize = 6;

/// The pause in seconds that a throttled model asks for.
pub(super) const HINT_S: u32 = 2;

/// A way of failing, and how callers ask meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) callers: Callers,
    way: Way,
}

/// How callers ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Callers {
    /// For a whole answer and for a stream in turn: the fault strikes before any content, so that
    /// nothing was handed to either.
    Both,
    /// For a whole answer: whatever came of one that failed was handed to nobody.
    Whole,
    /// For a stream: the fault strikes when part of the answer is with the caller.
    Streamed,
}

#[derive(Clone, Debug)]
enum Way {
    /// Nobody listens.
    Refused,
    /// The upstream replies like this.
    Reply(Reply),
}

impl Callers {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Whole => "whole",
            Self::Streamed => "streamed",
        }
    }

    /// Whether request `number` asks for a stream.
    pub(super) const fn streams(self, number: u32) -> bool {
        match self {
            Self::Both => number % 2 == 1,
            Self::Whole => false,
            Self::Streamed => true,
        }
    }
}

impl Fault {
    /// Every fault: nine that strike before any content, and three that strike in mid-stream, once
    /// for callers who wait for the whole answer and once for callers who read along.
    pub(super) fn all() -> Vec<Self> {
        let soon = |reply: Reply| Way::Reply(reply.after(Duration::from_millis(200)));
        let before = [
            ("refused", Way::Refused),
            ("reset", soon(Reply::reset())),
            ("hang", Way::Reply(Reply::hang())),
            ("http_500", soon(Reply::status(500))),
            ("http_503", soon(Reply::status(503))),
            (
                "http_429_hint",
                soon(Reply::status(429).with_header("retry-after", &HINT_S.to_string())),
            ),
            ("html", soon(Reply::html(200))),
            ("empty", Way::Reply(Reply::no_content())),
            ("cut_before_tokens", Way::Reply(Reply::cut_after(0))),
        ];
        let within = [
            ("cut_mid_stream", Reply::cut_after(TOKENS_BEFORE)),
            ("stall_mid_stream", Reply::stall_after(TOKENS_BEFORE)),
            ("error_mid_stream", Reply::error_after(TOKENS_BEFORE, 502, "Provider disconnected")),
        ];
        let before =
            before.into_iter().map(|(name, way)| Self { name, callers: Callers::Both, way });
        let within = [Callers::Whole, Callers::Streamed].into_iter().flat_map(|callers| {
            let of = |(name, reply): &(&'static str, Reply)| Self {
                name,
                callers,
                way: Way::Reply(reply.clone()),
            };
            within.iter().map(of).collect::<Vec<_>>()
        });
        before.chain(within).collect()
    }

    /// Whether part of the answer is with the caller when the fault strikes.
    pub(super) fn strikes_after_commit(&self) -> bool {
        self.callers == Callers::Streamed
    }

    /// The primary, failing a share of its calls in this way.
    pub(super) fn primary(&self, share: f64) -> ModelScript {
        match &self.way {
            Way::Refused => healthy(PRIMARY),
            Way::Reply(reply) => healthy(PRIMARY).sometimes(share, reply.clone()),
        }
    }

    /// The share of connections that are refused when the primary fails a share of its calls.
    pub(super) fn refuses(&self, share: f64) -> f64 {
        match self.way {
            Way::Refused => share,
            Way::Reply(_) => 0.0,
        }
    }
}
