//! What must hold.

use super::{
    figures::{Comparison, Recovery},
    run::Policy,
    scenario::Scenario,
};
use crate::promise::{Bound, Promise};

/// In `Mix`, the engine's mean over that of the last response time.
const MIX_MEAN: f64 = 0.85;
/// In `Mix`, the engine's 99th percentile over that of the last response time.
const MIX_P99: f64 = 0.70;

/// Judges what was found.
pub fn gates(compared: &[Comparison], recovery: &[Recovery]) -> Vec<Promise> {
    let mut gates: Vec<Promise> = compared.iter().map(is_faster).collect();
    let mix = compared.iter().find(|comparison| comparison.scenario == Scenario::Mix);
    if let Some(Comparison { ours, last_time, .. }) = mix {
        gates.push(at_most("mean", MIX_MEAN, ours.mean_s / last_time.mean_s));
        gates.push(at_most("99th percentile", MIX_P99, ours.p99_s / last_time.p99_s));
    }
    gates.push(is_found_again(recovery));
    gates
}

fn is_faster(comparison: &Comparison) -> Promise {
    let Comparison { scenario, ours, last_time, .. } = comparison;
    let (how, bound) = match scenario {
        Scenario::Stable => ("not slower", Bound::AtMost),
        _ => ("faster", Bound::Below),
    };
    let name = format!("{}: {how} than the last response time", scenario.name());
    let (wanted, measured) = (last_time.over_oracle, ours.over_oracle);
    Promise::new(name, (bound, wanted), Some(measured), |figure| format!("{figure:.3}"))
}

fn at_most(figure: &str, limit: f64, found: f64) -> Promise {
    let name = format!("mix: {figure} over that of the last response time");
    Promise::new(name, (Bound::AtMost, limit), Some(found), |figure| format!("{figure:.3}"))
}

fn is_found_again(recovery: &[Recovery]) -> Promise {
    let ours = recovery.iter().filter(|recovery| recovery.policy == Policy::Ours);
    let (found, all) = ours.fold((0, 0), |(found, all), recovery| {
        (found + u32::from(recovery.found_after_s.is_some()), all + 1)
    });
    let measured = (all > 0).then_some(found);
    let show = |runs: &u32| format!("{runs} of {all}");
    let name = "recovery: runs in which the best model is found again";
    Promise::new(name, (Bound::Exactly, all), measured, show)
}
