//! The bound of the retry budget, seen from outside: whatever happens, a key sees few retries.

use std::{collections::BTreeSet, time::Duration};

use llm_testkit::fakes::Call;

use super::{
    generator::World,
    invariants::{Verdict, ensure, least_cost},
    upstream::Start,
};

/// What the budget remembers, less the second in which it counts.
const WINDOW: Duration = Duration::from_secs(59);
/// How far back first attempts may have earned what was spent within the window.
const EARNING: Duration = Duration::from_secs(119);
/// Retries a minute whatever the traffic.
const FLOOR: u32 = 60;

/// Something that counts for a key.
struct Entry {
    at: Duration,
    cost: u32,
    earns: u32,
}

/// Retries of a key within a minute are at most a fifth of its first attempts, and 60.
pub(super) fn check(world: &World, calls: &[(Start, Call)]) -> Verdict {
    let keys: BTreeSet<_> = world.models.iter().map(|model| model.key).collect();
    for key in keys {
        let entries = entries(world, calls, key);
        for (last, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.cost > 0) {
            let since = |age: Duration| {
                let past = entries[..=last].iter().rev();
                past.take_while(move |earlier| earlier.at + age > entry.at)
            };
            let spent: u32 = since(WINDOW).map(|entry| entry.cost).sum();
            let earned: u32 = since(EARNING).map(|entry| entry.earns).sum();
            ensure!(
                spent <= earned / 5 + FLOOR,
                "the key `{key}` had retries for {spent} in the minute up to {:?}, of {earned}",
                entry.at
            );
        }
    }
    Ok(())
}

/// What counts for `key`, in order. A retry is paid for when the attempt before it fails; one that
/// waits for a throttled model may be paid for later, and counts where both are.
fn entries(world: &World, calls: &[(Start, Call)], key: &str) -> Vec<Entry> {
    let of_key = calls.iter().filter(|(start, _)| world.models[start.model].key == key);
    let mut latest = std::collections::BTreeMap::new();
    let mut entries = Vec::new();
    for (start, call) in of_key {
        let who = (start.request, start.model);
        let earlier = if start.judge { None } else { latest.insert(who, call) };
        entries.push(match earlier {
            None => Entry { at: call.started, cost: 0, earns: 1 },
            Some(failed) => {
                let cost = least_cost(failed);
                let at = if cost == 1 { call.started } else { failed.ended.unwrap_or_default() };
                Entry { at, cost, earns: 0 }
            }
        });
    }
    entries.sort_by_key(|entry| entry.at);
    entries
}
