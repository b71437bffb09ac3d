//! A fault that is none: there is an answer, and what it must be.

use llm_core::{AttemptOutcome, Billed, ChatRequest, FinishReason, Outcome};
use llm_strategies::{FaultEnd, faults};
use llm_testkit::simulator::Dialect;

use super::{
    everywhere::{self, Dialects},
    lab::{EVERY, Form, Lab, SICK, Told, Trouble, ask, obstacle},
};

/// What the answer to a request must be.
pub(crate) struct Answer {
    number: u8,
    text: &'static str,
    finish: &'static str,
    request: ChatRequest,
    forms: &'static [Form],
    dialects: Dialects,
    more: fn(&Outcome),
}

impl Answer {
    pub(crate) fn new(number: u8, text: &'static str) -> Self {
        let end = faults()[usize::from(number) - 1].end;
        assert!(matches!(end, FaultEnd::Handled(_)), "{end:?}");
        Self {
            number,
            text,
            finish: "stop",
            request: ChatRequest::from("Hi"),
            forms: EVERY,
            dialects: Dialects::default(),
            more: |_| {},
        }
    }

    pub(crate) fn finishing(self, finish: &'static str) -> Self {
        Self { finish, ..self }
    }

    pub(crate) fn of_at_most(self, tokens: u32) -> Self {
        self.asking(ChatRequest::from("Hi").with_max_tokens(tokens))
    }

    pub(crate) fn asking(self, request: ChatRequest) -> Self {
        Self { request, ..self }
    }

    pub(crate) fn in_forms(self, forms: &'static [Form]) -> Self {
        Self { forms, ..self }
    }

    /// Brings it about in these dialects alone.
    pub(crate) fn only(self, dialects: &'static [Dialect]) -> Self {
        Self { dialects: Dialects::only(dialects), ..self }
    }

    /// Looks at more of it.
    pub(crate) fn with(self, more: fn(&Outcome)) -> Self {
        Self { more, ..self }
    }

    /// The first call is the answer, in each dialect and form, and the model's health is untouched.
    pub(crate) async fn when(self, trouble: impl Into<Trouble>) {
        let trouble = trouble.into();
        self.when_each(|_| trouble.clone()).await;
    }

    /// The same with a trouble of its own for each dialect.
    pub(crate) async fn when_each(self, trouble: impl Fn(Dialect) -> Trouble) {
        for dialect in self.dialects.iter() {
            self.check(dialect, trouble(dialect)).await;
            everywhere::tried(self.number, dialect);
        }
    }

    async fn check(&self, dialect: Dialect, trouble: Trouble) {
        let lab = Lab::new(dialect, trouble);
        for form in self.forms {
            let place = format!("row {} in form {form:?} of {dialect}", self.number);
            let engine = lab.engine(&Told::new(*form));
            let got = ask(&engine, *form, &self.request).await;
            let outcome = got.end.unwrap_or_else(|error| panic!("{place}: {error:?}"));
            assert_eq!(got.text, self.text, "{place}");
            assert_eq!(outcome.text(), self.text, "{place}");
            let finish = outcome.response.finish_reason.as_ref().map(FinishReason::as_str);
            assert_eq!(finish, Some(self.finish), "{place}");
            let [attempt] = outcome.attempts() else { panic!("{place}: {outcome:?}") };
            assert_eq!((&*attempt.model.to_string(), attempt.outcome), (SICK, AttemptOutcome::Ok));
            assert_eq!(attempt.billed, Billed::Yes, "{place}");
            let known = &engine.standings()[0].statistics;
            assert_eq!((known.success_count, known.error_count), (1, 0), "{place}");
            assert_eq!(obstacle(&engine, SICK), None, "{place}");
            (self.more)(&outcome);
        }
    }
}
