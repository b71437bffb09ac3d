//! A primary that is overloaded for a minute and then works again.

use std::time::Duration;

use anyhow::Result;
use llm_manager::GenerateOptions;
use llm_testkit::simulator::Reply;
use tokio::time::sleep;

use super::{count, on_primary, promise, seconds};
use crate::chaos::{
    house::{Blueprint, PRIMARY, healthy},
    load::{ask_all, steady},
    report::Situation,
    simulate,
    statistics::Summary,
};

const REQUESTS: u32 = 25;
const GAP: Duration = Duration::from_secs(4);
/// How long the primary answers 503.
const DOWN: Duration = Duration::from_secs(60);
/// At most so many attempts on it meanwhile.
const MOST_ATTEMPTS: usize = 6;
/// It has to be used again by then.
const BACK_WITHIN: Duration = Duration::from_secs(34);

/// A primary that answers 503 for a minute and then works.
///
/// # Errors
///
/// When the house cannot be built, or the outcomes tell of other attempts than the upstreams saw.
pub fn back_after_a_minute(seed: u64) -> Result<Situation> {
    let records = simulate(async {
        let overloaded = Reply::status(503).after(Duration::from_millis(200));
        let down = healthy(PRIMARY).with_reply(overloaded);
        let house = Blueprint::new(seed).model("primary", down).fallbacks(1).build()?;
        let heal = async {
            sleep(DOWN).await;
            house.script_first(healthy(PRIMARY));
        };
        let options = GenerateOptions::default();
        let load = ask_all(&house.manager, steady(REQUESTS, GAP), &options);
        let (records, ()) = tokio::join!(load, heal);
        let records = records?;
        house.reconcile(&records)?;
        Ok(records)
    })?;
    let summary = Summary::of(&records);
    let down = on_primary(&records, Duration::ZERO, DOWN);
    let mut by_primary = records.iter().filter(|record| record.by.as_deref() == Some(PRIMARY));
    let back = by_primary.next().map(|record| record.asked.saturating_sub(DOWN));
    let back_s = back.map_or(f64::INFINITY, |back| back.as_secs_f64());
    let detours = records.iter().filter(|record| record.attempts.len() > 1).count();
    let served = summary.answered == summary.requests;
    let quiet = down <= MOST_ATTEMPTS;
    let prompt = back.is_some_and(|back| back <= BACK_WITHIN);
    Ok(Situation {
        id: "f".to_owned(),
        title: "A primary that answers 503 for a minute and then works".to_owned(),
        done: format!(
            "{REQUESTS} requests, {} s apart, one healthy fallback; the primary is down for {} s.",
            GAP.as_secs(),
            DOWN.as_secs()
        ),
        figures: vec![
            count("answered", summary.answered),
            seconds("median", summary.p50),
            seconds("slowest", summary.slowest),
            count("attempts on the primary while it is down", down),
            seconds("until the first answer by the primary again", back_s),
        ],
        promises: vec![
            promise(
                "every request is answered",
                format!("{} of {}", summary.answered, summary.requests),
                served,
            ),
            promise(
                &format!("at most {MOST_ATTEMPTS} attempts on the primary while it is down"),
                down.to_string(),
                quiet,
            ),
            promise(
                &format!("back on the primary within {} s", BACK_WITHIN.as_secs()),
                format!("{back_s:.0} s"),
                prompt,
            ),
        ],
        by_second: Vec::new(),
        verdict: if served && quiet && prompt {
            format!(
                "Yes: callers notice nothing but a slower answer, {detours} of {REQUESTS} after an \
                 attempt that failed, and the preferred model is back {back_s:.0} s after it works \
                 again."
            )
        } else {
            "No: a promise is broken.".to_owned()
        },
    })
}
