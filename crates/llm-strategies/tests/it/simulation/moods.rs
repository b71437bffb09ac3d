//! What a model may do with a call, by its mood.

use std::time::Duration;

use fastrand::Rng;
use llm_core::{
    ChatRequest, Cost, CostSource, Error, ErrorKind, FinishReason, ResponseFormat, Retry,
    StreamEvent, ToolCallDelta, Usage,
};
use llm_testkit::fakes::Step;
use rust_decimal::Decimal;

use super::generator::pick;
use crate::support::*;

/// What is said again and again by a model that never ends.
pub(super) const MORE: &str = "more ";

/// How a model is, until it changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mood {
    Healthy,
    /// Now and then it takes long to begin.
    Sluggish,
    /// It always takes long to begin.
    Late,
    /// Every word takes long.
    Slow,
    /// Refuses with this kind, nearly always.
    Failing(ErrorKind),
    Throttling,
    /// The key has no credit, or is not accepted.
    Broke,
    /// Never a word: not even an answer to the call, or an open stream without one.
    Hanging,
    /// Signs of life without content.
    Alive,
    /// Ends in the middle of the answer.
    Cut,
    /// Falls silent in the middle of the answer.
    Stalling,
    /// Signs of life after the first content.
    Dripping,
    /// An error in the middle of the answer.
    MidError,
    /// Whole answers of no use.
    Useless,
    /// Never stops.
    Endless,
    /// The answer is whole, and the stream does not end, or not well.
    Lingering,
    /// Any of these at each call.
    Wild,
}

/// What a model does with one call.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) step: Step,
    /// The text it says, were it read to its end.
    pub(super) text: String,
    pub(super) usage: Option<Usage>,
    pub(super) afterwards: Afterwards,
}

/// What comes behind the last event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Afterwards {
    Nothing,
    Silence(Duration),
    Error,
}

const BAD: [Mood; 14] = [
    Mood::Slow,
    Mood::Throttling,
    Mood::Throttling,
    Mood::Broke,
    Mood::Hanging,
    Mood::Alive,
    Mood::Cut,
    Mood::Stalling,
    Mood::Dripping,
    Mood::MidError,
    Mood::Useless,
    Mood::Endless,
    Mood::Lingering,
    Mood::Wild,
];

/// Failures that are tried again, most often one that lets no model rest, so that a storm breaks.
const STORM: [ErrorKind; 6] = [
    ErrorKind::Conflict,
    ErrorKind::Conflict,
    ErrorKind::Conflict,
    ErrorKind::UpstreamServer,
    ErrorKind::BadGateway,
    ErrorKind::Overloaded,
];

impl Mood {
    pub(super) fn any(random: &mut Rng, trouble: f64, stormy: bool) -> Self {
        if random.f64() > trouble {
            return pick(random, &[Self::Healthy, Self::Healthy, Self::Sluggish, Self::Late]);
        }
        if stormy {
            return Self::Failing(pick(random, &STORM));
        }
        if random.u8(0..3) == 0 {
            return Self::Failing(pick(random, ErrorKind::ALL));
        }
        pick(random, &BAD)
    }

    /// What a model in this mood makes of `request`; `tag` names the call in what it says.
    pub(super) fn act(self, tag: &str, request: &ChatRequest, random: &mut Rng) -> Act {
        let words = Words::of(tag, request, random);
        let pause = seconds(random.f64() * 0.3);
        let long = seconds(1.0 + random.f64() * 40.0);
        match self {
            Self::Healthy => words.whole(random).gap(pause),
            Self::Sluggish if random.u8(0..12) == 0 => words.whole(random).after(long),
            Self::Sluggish => words.whole(random).after(pause),
            Self::Late => words.whole(random).after(seconds(2.5 + random.f64() * 3.0)),
            Self::Slow => words.whole(random).gap(long),
            Self::Failing(_) if random.u8(0..20) == 0 => words.whole(random),
            Self::Failing(kind) => Act::refusal(refusal(kind, random)).after(pause),
            Self::Throttling if random.u8(0..6) == 0 => words.whole(random),
            Self::Throttling => {
                let kind = pick(random, &[ErrorKind::RateLimited, ErrorKind::InFlightBudget]);
                Act::refusal(refusal(kind, random)).after(pause)
            }
            Self::Broke => {
                let kinds = [
                    ErrorKind::UpstreamAuth,
                    ErrorKind::UpstreamForbidden,
                    ErrorKind::QuotaExhausted,
                ];
                Act::refusal(refusal(pick(random, &kinds), random)).after(pause)
            }
            Self::Hanging if random.bool() => Act::silent(Step::hang()),
            Self::Hanging => Act::silent(Step::events([]).then_hang()),
            Self::Alive => Act::silent(Step::keep_alive_every(seconds(0.5 + random.f64() * 4.0))),
            Self::Cut => words.broken(Step::then_cut).gap(pause),
            Self::Stalling => words.broken(Step::then_hang).gap(pause),
            Self::Dripping => {
                let every = seconds(0.5 + random.f64() * 4.0);
                words.broken(|step| step.then_repeat(every, StreamEvent::KeepAlive)).gap(pause)
            }
            Self::MidError => {
                let kinds = [ErrorKind::UpstreamMidError, pick(random, ErrorKind::ALL)];
                let kind = pick(random, &kinds);
                words.broken(|step| step.then_error(kind)).gap(pause)
            }
            Self::Useless => useless(&words, random),
            Self::Endless => {
                let (every, more) = (seconds(0.5 + random.f64() * 3.0), MORE.to_owned());
                words.broken(|step| step.then_repeat(every, StreamEvent::Text(more)))
            }
            Self::Lingering => {
                let ends = [Afterwards::Silence(long), Afterwards::Error];
                Act { afterwards: pick(random, &ends), ..words.whole(random) }
            }
            Self::Wild => {
                let mood = Self::any(random, 0.8, false);
                let mood = if mood == Self::Wild { Self::Healthy } else { mood };
                mood.act(tag, request, random)
            }
        }
    }
}

impl Act {
    fn silent(step: Step) -> Self {
        Self { step, text: String::new(), usage: None, afterwards: Afterwards::Nothing }
    }

    /// Says `text` at once.
    pub(super) fn answer(text: String) -> Self {
        Self { text: text.clone(), ..Self::silent(Step::answer(text)) }
    }

    pub(super) fn refusal(error: Error) -> Self {
        Self::silent(Step::fail(error))
    }

    fn gap(self, gap: Duration) -> Self {
        Self { step: self.step.gap(gap), ..self }
    }

    fn after(self, delay: Duration) -> Self {
        Self { step: self.step.after(delay), ..self }
    }
}

/// What a call would say.
struct Words(Vec<String>);

impl Words {
    fn of(tag: &str, request: &ChatRequest, random: &mut Rng) -> Self {
        if request.response_format == Some(ResponseFormat::JsonObject) {
            return Self(["{\"said\":\"", tag, "\"}"].map(ToOwned::to_owned).to_vec());
        }
        let more = (0..random.usize(0..5)).map(|number| format!("word{number} "));
        Self(std::iter::once(format!("{tag} ")).chain(more).collect())
    }

    fn whole(self, random: &mut Rng) -> Act {
        let text = self.0.concat();
        let step = Step::text(self.0);
        let usage = (random.u8(0..3) > 0).then(|| {
            let mut usage = Usage::of(random.u64(1..1_000), random.u64(1..1_000));
            if random.bool() {
                let usd = Decimal::new(random.i64(0..10_000), 6);
                usage.cost = Some(Cost { usd, source: CostSource::Reported });
            }
            usage
        });
        let step = if let Some(usage) = &usage { step.with_usage(usage.clone()) } else { step };
        Act { step, text, usage, afterwards: Afterwards::Nothing }
    }

    fn broken(self, breaks: impl FnOnce(Step) -> Step) -> Act {
        Act { text: self.0.concat(), ..Act::silent(breaks(Step::text(self.0))) }
    }
}

/// A whole answer, and what a person would not call one.
fn useless(words: &Words, random: &mut Rng) -> Act {
    let finish = |reason| StreamEvent::Finish { reason, native: None };
    let text = words.0.concat();
    let (events, text) = match random.u8(0..5) {
        0 => (vec![finish(FinishReason::Stop)], String::new()),
        1 => (vec![StreamEvent::Text(text.clone()), finish(FinishReason::Length)], text),
        2 => (vec![finish(FinishReason::ContentFilter)], String::new()),
        3 => {
            let refusal = StreamEvent::Refusal("I would rather not".to_owned());
            (vec![refusal, finish(FinishReason::Stop)], String::new())
        }
        _ => {
            let (id, name) = (Some("call".to_owned()), Some("look".to_owned()));
            let call = ToolCallDelta { index: 0, id, name, arguments: "{bad".to_owned() };
            (vec![StreamEvent::ToolCall(call), finish(FinishReason::ToolCalls)], String::new())
        }
    };
    Act { text, ..Act::silent(Step::events(events)) }
}

/// An error of this kind, with any advice on trying again.
fn refusal(kind: ErrorKind, random: &mut Rng) -> Error {
    let error = Error::new(kind, "simulated");
    let status = match kind {
        ErrorKind::Overloaded => pick(random, &[Some(503), Some(529)]),
        ErrorKind::UpstreamTimeout => pick(random, &[Some(408), Some(504)]),
        ErrorKind::Unexpected => pick(random, &[Some(418), Some(599)]),
        ErrorKind::RateLimited => Some(429),
        _ => None,
    };
    let error = if let Some(status) = status { error.with_status(status) } else { error };
    match random.u8(0..10) {
        _ if kind == ErrorKind::Conflict => error,
        0 => error.with_retry(Retry::Never),
        1 => error.with_retry(Retry::Now),
        2..5 => error.with_retry(Retry::After(seconds(random.f64() * 4.0))),
        5 => error.with_retry(Retry::After(seconds(random.f64() * 500.0))),
        _ => error,
    }
}
