//! What a failure means for a model and its key, in the words of the page.

use std::time::Duration;

use llm_core::ExclusionReason;
use llm_strategies::{Engine, EngineSettings};
use tokio::time::sleep;

use super::{
    lab::{FREE, Form, SICK, SPARE, TWIN, ask, obstacle, rest_of},
    row::Row,
};

/// How often a rest is seen to grow.
const RESTS: usize = 6;

/// What the failure means for the model and its key, when it comes again and again. The first one
/// has been.
pub(crate) async fn health(row: &Row, engine: &Engine, form: Form) -> String {
    for failures in 1..=4 {
        match obstacle(engine, SICK) {
            None => drop(ask(engine, form, &row.request).await),
            Some(ExclusionReason::CoolingDown { .. }) => {
                return model_rests(row, engine, form, failures).await;
            }
            Some(ExclusionReason::CredentialParked { .. }) => {
                return key_rests(row, engine, form, failures).await;
            }
            Some(other) => return other.to_string(),
        }
    }
    "–".to_owned()
}

async fn model_rests(row: &Row, engine: &Engine, form: Form, failures: u32) -> String {
    if rest_of(engine, TWIN) > Duration::ZERO {
        return "more than one model rests".to_owned();
    }
    let rests = rests(row, engine, form).await;
    let (first, last) = (rests[0], rests[RESTS - 1]);
    let throttled = "rests for the hint (at most 300 s), without one and after a failed probe at least 5 s doubled up to 60 s";
    // 5 s, spread by a fifth.
    let short = (4_000..=6_000).contains(&first.as_millis());
    match (failures, row.hint) {
        (1, Some(hint)) if all_above(&rests, hint, 60, 0.0) => throttled.to_owned(),
        (1, Some(hint)) if all_above(&rests, hint, 20, 0.2) => {
            "rests for the hint (at most 300 s), after a failed probe at least 5 s doubled up to 20 s"
                .to_owned()
        }
        (1, None) if all_near(&rests, [5, 10, 20, 40, 60, 60].map(Duration::from_secs)) => {
            throttled.to_owned()
        }
        (1, None) if all_near(&rests, [Duration::from_secs(600); RESTS]) => {
            "rests for 10 minutes".to_owned()
        }
        (1, None) if short && near(last, Duration::from_secs(20)) => {
            "hard, rests up to 20 s".to_owned()
        }
        (1, None) if short && near(last, Duration::from_secs(120)) => {
            "hard, rests up to 120 s".to_owned()
        }
        (3, None) if short && near(last, Duration::from_secs(20)) => "soft".to_owned(),
        _ => format!("rests after {failures}: {rests:?}"),
    }
}

async fn key_rests(row: &Row, engine: &Engine, form: Form, failures: u32) -> String {
    let with_it = [TWIN, FREE, SPARE].map(|name| rest_of(engine, name) > Duration::ZERO);
    let rests = rests(row, engine, form).await;
    let quota = row.hint.unwrap_or(Duration::from_secs(600));
    match (failures, with_it) {
        (1, [true, false, false]) if near(rests[0], quota) => {
            "the key rests for the hint or 10 minutes, free models go on".to_owned()
        }
        (2, [true, true, false])
            if all_near(&rests, [60, 120, 240, 480, 600, 600].map(Duration::from_secs)) =>
        {
            "the key rests after two in a row, 60 s doubled up to 10 minutes".to_owned()
        }
        _ => format!("key rests after {failures}, {with_it:?}: {rests:?}"),
    }
}

/// One rest after another, each of which ends with a failure. While it rests nobody calls it.
async fn rests(row: &Row, engine: &Engine, form: Form) -> Vec<Duration> {
    let mut rests = Vec::new();
    while rests.len() < RESTS {
        let rest = rest_of(engine, SICK);
        rests.push(rest);
        let meanwhile = ask(engine, form, &row.request).await;
        assert!(meanwhile.on_sick().is_empty() || rest.is_zero(), "called while it rests");
        sleep(rest_of(engine, SICK) + Duration::from_millis(1)).await;
        ask(engine, form, &row.request).await;
    }
    rests
}

pub(crate) fn near(seen: Duration, wanted: Duration) -> bool {
    seen.abs_diff(wanted) < Duration::from_millis(200)
}

fn all_near(seen: &[Duration], wanted: [Duration; RESTS]) -> bool {
    seen.iter().zip(wanted).all(|(seen, wanted)| near(*seen, wanted))
}

/// Whether each rest is the hint's, and after a failed probe at least the model's own: 5 s, doubled
/// with every failure up to `cap` seconds, spread by this part.
fn all_above(seen: &[Duration], hint: Duration, cap: u32, spread: f64) -> bool {
    let hint = hint.min(Duration::from_secs(300));
    // A hint that short is waited for: the first rest that is seen follows a probe already.
    let waited = u32::from(hint <= EngineSettings::default().wait_inline);
    let cap = Duration::from_secs(cap.into());
    (0..).zip(seen).all(|(number, seen)| {
        let probes = number + waited;
        let own = Duration::from_secs(5) * 2_u32.pow(probes);
        let own = if probes == 0 { Duration::ZERO } else { own };
        let least = own.mul_f64(1.0 - spread).min(cap).max(hint);
        let most = own.mul_f64(1.0 + spread).min(cap).max(hint);
        let slack = Duration::from_millis(200);
        (least.saturating_sub(slack)..=most + slack).contains(seen)
    })
}
