//! A fault that is none: there is an answer, and what it must be.

use llm_core::{AttemptOutcome, Billed, ChatRequest, FinishReason, Outcome};
use llm_strategies::{FaultEnd, faults};

use super::lab::{EVERY, Form, Lab, SICK, Told, Trouble, ask, obstacle};

/// What the answer to a request must be.
pub(crate) struct Answer {
    number: u8,
    text: &'static str,
    finish: &'static str,
    request: ChatRequest,
    forms: &'static [Form],
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

    /// Looks at more of it.
    pub(crate) fn with(self, more: fn(&Outcome)) -> Self {
        Self { more, ..self }
    }

    /// The first call is the answer, in each form, and the model's health is untouched.
    pub(crate) async fn when(self, trouble: impl Into<Trouble>) {
        let lab = Lab::new(trouble);
        for form in self.forms {
            let place = format!("row {} in form {form:?}", self.number);
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
