//! What a simulator saw, as JSON.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};

use crate::simulator::{CallOutcome, CallUsage, LoggedCall};

/// The calls from number `since` on, with the number of all.
pub(super) fn calls(calls: &[LoggedCall], since: usize) -> Value {
    let shown = calls.iter().enumerate().skip(since);
    let shown: Vec<_> = shown.map(|(number, logged)| call(number, logged)).collect();
    json!({ "calls": shown, "total": calls.len() })
}

fn call(number: usize, call: &LoggedCall) -> Value {
    let headers = call.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    let (outcome, status, left_after) = match call.outcome {
        None => (None, None, None),
        Some(CallOutcome::Answered) => (Some("answered"), Some(200), None),
        Some(CallOutcome::Failed { status }) => (Some("failed"), Some(status), None),
        Some(CallOutcome::Cut) => (Some("cut"), None, None),
        Some(CallOutcome::ClientLeft { after }) => (Some("client_left"), None, Some(after)),
        Some(CallOutcome::Closed) => (Some("closed"), None, None),
    };
    json!({
        "number": number, "model": call.model, "path": call.path, "stream": call.stream,
        "authorized": call.authorized, "headers": headers.collect::<Map<_, _>>(),
        "body": call.body, "started_ms": milliseconds(call.started),
        "ended_ms": call.ended.map(milliseconds), "outcome": outcome, "status": status,
        "left_after_ms": left_after.map(milliseconds),
        "usage": call.usage.map(|usage| Sum::default().plus(usage).json()),
    })
}

/// What the answered calls used, by the model asked for and in all.
pub(super) fn usage(calls: &[LoggedCall]) -> Value {
    let mut models: BTreeMap<&str, Sum> = BTreeMap::new();
    let mut total = Sum::default();
    for call in calls {
        if let Some(usage) = call.usage {
            let sum = models.entry(&call.model).or_default();
            *sum = sum.plus(usage);
            total = total.plus(usage);
        }
    }
    let models = models.into_iter().map(|(model, sum)| (model.to_owned(), sum.counted()));
    json!({ "models": models.collect::<Map<_, _>>(), "total": total.counted() })
}

#[derive(Clone, Copy, Debug)]
struct Sum {
    calls: usize,
    prompt: usize,
    completion: usize,
    reasoning: usize,
    /// Unknown as soon as one of the costs is.
    cost: Option<f64>,
}

impl Default for Sum {
    fn default() -> Self {
        Self { calls: 0, prompt: 0, completion: 0, reasoning: 0, cost: Some(0.0) }
    }
}

impl Sum {
    fn plus(self, usage: CallUsage) -> Self {
        Self {
            calls: self.calls + 1,
            prompt: self.prompt + usage.prompt,
            completion: self.completion + usage.completion,
            reasoning: self.reasoning + usage.reasoning,
            cost: self.cost.zip(usage.cost).map(|(sum, cost)| sum + cost),
        }
    }

    fn json(self) -> Value {
        json!({
            "prompt_tokens": self.prompt, "completion_tokens": self.completion,
            "reasoning_tokens": self.reasoning, "cost": self.cost,
        })
    }

    fn counted(self) -> Value {
        let mut value = self.json();
        if let Some(fields) = value.as_object_mut() {
            fields.insert("calls".to_owned(), self.calls.into());
        }
        value
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
