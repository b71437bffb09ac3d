//! The page on faults that users read, generated from the table the engine decides by.

use std::{env, fmt::Write, fs, path::Path, time::Duration};

use llm_core::{Billed, Error, ErrorKind, Execution};
use llm_strategies::{Again, Fault, FaultEnd, FaultTable, HealthClass, Onward, Policy, faults};

const INTRODUCTION: &str = "\
# What happens when something goes wrong

Generated from `crates/llm-strategies/src/engine/{faults,fault_table}.rs`; every row that this version can meet is proved by a test of the same number against a simulated upstream.

How to read a row:

- *kind* is the `kind` of the error in Rust and JSON, *label* its class for people.
- *same model* is how often the model that failed may be asked again and the first pause, which doubles, is drawn anew between zero and itself, and never outlasts the deadline; *if alone* is when nobody else can answer. `llm.retry_attempts` (1 unless set) limits it further, and so do 4 retries a request, of which one may follow an attempt that was possibly charged, and the retry budget: one for every five requests, and at least about one a second. A pause the provider asks for comes in its place.
- *then* is who is asked next. A request ends early only where it says \"nobody\".
- *health* is what it means for the model: *hard* lets it rest at once, unless at least 90 % of at least 10 calls of the last minute succeeded; *soft* after three in a row, or when less than half of at least 10 calls of the last minute succeeded.
- *charged* is whether the provider may ask money for the attempt. Where part of an answer has come it is \"yes\", and the same model is asked again only if alone.
- *after its rest* is when the model may be called again. A rest of at most `llm.retry.wait_inline` (3 s) that the provider asked for is waited out, a longer one only if alone.
- After content was handed to the caller of a stream nobody else is asked: the stream ends with the error, and `partial` is true.
- *when nobody is left* is what the caller sees. Of several errors it is the one that helps most: what the caller can mend, then what the owner of the key can, then what time mends. It lists every attempt.

| row | what happens | kind | label | same model | then | health | charged | when nobody is left |
|---:|---|---|---|---|---|---|---|---|
";

const CLOSING: &str = "
## Answers that are of no use

An answer can come and still be none: empty, not the JSON that was asked for, with unreadable arguments for a tool, cut, or the same piece for ever.
Rows 47, 61, 62, 64, 67, 72 and 88 are the defaults; `llm.soft_failures` changes them for every role or for one:

```yaml
llm:
  soft_failures:
    all: { invalid_json: retry }            # retry | fallback | fail | accept
    fallback: { invalid_json: accept }      # the last resort: better than nothing
```

`retry` asks the same model once more and then the next, as far as `llm.retry_attempts` lets it, and once a request where the attempt may have been charged; `fallback` asks the next at once, `fail` ends the request, `accept` takes the answer and says in its attempt what is wrong with it.
The kinds are those of the rows: `empty_content`, `invalid_json`, `invalid_tool_arguments`, `stream_cut` (rows 61, 62 and 64), `runaway_stream`.
A cut stream and a runaway one are never accepted.
An answer that begins with one of the request's `stop` texts is `empty_content`; one that breaks behind such a text is whole.

## What a provider says about trying again

`x-should-retry: false` in an answer's headers ends the tries of this model, `true` allows one more even where the row says no, save for keys, credit and windows.
Else the pause counts that `retry-after-ms` states, then `retry-after` in seconds or as a date, then what the body says, then the provider's own headers for limits (`x-ratelimit-reset…`, `anthropic-ratelimit-…-reset`).
A pause of at most `llm.retry.wait_inline` is waited out, a longer one only when nobody else answers and the deadline allows; for everybody else the model rests meanwhile.
";

/// How far an answer had come when it failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    /// Nowhere, unless the kind says more.
    Nothing,
    /// Part of it had, and nobody has seen it.
    Part,
    /// Part of it was handed over.
    HandedOver,
}

fn row(fault: &Fault, table: &FaultTable) -> String {
    let number = fault.number;
    let (came, kinds) = match fault.end {
        FaultEnd::Fails(kinds) => (Came::Nothing, kinds),
        FaultEnd::FailsMidway(kinds) => (Came::Part, kinds),
        FaultEnd::FailsInBand(kinds) => (Came::HandedOver, kinds),
        FaultEnd::Later(why) => {
            return format!("{number} | {} | | | | | | | later: {why}", fault.what);
        }
        FaultEnd::Handled(how) => {
            return format!("{number} | {} | – | – | – | – | – | – | {how}", fault.what);
        }
        // What becomes of a fault in a way this page has no words for shows as a row without any.
        _ => (Came::Nothing, &[][..]),
    };
    let each = |cell: &dyn Fn(ErrorKind, Option<u16>, Policy) -> String| {
        let policy = |kind, status| table.policy(kind, status).unwrap();
        let mut cells: Vec<String> = kinds
            .iter()
            .map(|(kind, status)| cell(*kind, *status, policy(*kind, *status)))
            .collect();
        cells.dedup();
        cells.join("; ")
    };
    let cells = [
        each(&|kind, _, _| format!("`{kind}`")),
        each(&|kind, status, _| label(kind, status)),
        each(&|kind, status, policy| again(came, &error(kind, status), policy)),
        each(&|_, _, policy| onward(came, policy.onward).to_owned()),
        each(&|_, _, policy| health(policy.health).to_owned()),
        each(&|kind, status, _| charged(came, kind, status).to_owned()),
        each(&|kind, status, _| seen(kind, status)),
    ];
    format!("{number} | {} | {}", fault.what, cells.join(" | "))
}

fn error(kind: ErrorKind, status: Option<u16>) -> Error {
    let error = Error::new(kind, "");
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

fn label(kind: ErrorKind, status: Option<u16>) -> String {
    error(kind, status).label().to_string()
}

fn again(came: Came, error: &Error, policy: Policy) -> String {
    let pause = match policy.pause {
        _ if policy.health == HealthClass::Throttled => "after its rest".to_owned(),
        Duration::ZERO => "at once".to_owned(),
        pause => format!("{pause:?}"),
    };
    // What was charged is paid for twice only when there is no other way.
    let executed = came == Came::Part || error.execution() == Execution::Executed;
    match policy.again {
        _ if came == Came::HandedOver => "no".to_owned(),
        Again::Times(1) if executed => format!("once if alone, {pause}"),
        Again::Alone => format!("once if alone, {pause}"),
        Again::Times(1) => format!("once, {pause}"),
        Again::Times(times) => format!("{times} times, {pause}"),
        _ => "no".to_owned(),
    }
}

fn onward(came: Came, onward: Onward) -> &'static str {
    match onward {
        _ if came == Came::HandedOver => "nobody",
        Onward::Next => "the next",
        Onward::LargerWindow => "the next with a larger window",
        Onward::OtherCredential => "the next with another key",
        Onward::IfRefusalsFallBack => "nobody; the next with `llm.fallback_on_refusal`",
        _ => "nobody",
    }
}

fn health(class: HealthClass) -> &'static str {
    match class {
        HealthClass::Hard => "hard, rests up to 20 s",
        HealthClass::HardSlow => "hard, rests up to 120 s",
        HealthClass::Soft => "soft",
        HealthClass::Throttled => {
            "rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s"
        }
        HealthClass::Parked => "rests for 10 minutes",
        HealthClass::CredentialRejected => {
            "the key rests after two in a row, 60 s doubled up to 10 minutes"
        }
        HealthClass::QuotaExhausted => {
            "the key rests for the hint or 10 minutes, free models go on"
        }
        _ => "–",
    }
}

fn charged(came: Came, kind: ErrorKind, status: Option<u16>) -> &'static str {
    if came != Came::Nothing {
        return Billed::Yes.as_str();
    }
    // A status nobody knows below 500 is a refusal; the kind alone cannot tell.
    if kind == ErrorKind::Unexpected && status.is_some_and(|status| status < 500) {
        return Billed::No.as_str();
    }
    error(kind, status).execution().billed().as_str()
}

fn seen(kind: ErrorKind, status: Option<u16>) -> String {
    let retryable = if error(kind, status).is_retryable() { "worth trying later" } else { "final" };
    format!("`{kind}`, {retryable}")
}

/// Compares the file with the table; writes it when `LLM_ACCEPT` is set.
#[test]
fn the_page_is_up_to_date() {
    let table = FaultTable::default();
    let mut page = INTRODUCTION.to_owned();
    for fault in faults() {
        writeln!(page, "| {} |", row(fault, &table)).unwrap();
    }
    page.push_str(CLOSING);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/failure-semantics.md");
    if env::var_os("LLM_ACCEPT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/failure-semantics.md is out of date: run with LLM_ACCEPT=1");
}
