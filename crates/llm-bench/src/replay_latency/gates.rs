//! What must hold.

use serde::{Deserialize, Serialize};

use super::{
    figures::{Comparison, Recovery},
    run::Policy,
    scenario::Scenario,
};

/// In `Mix`, the engine's mean over that of the last response time.
const MIX_MEAN: f64 = 0.85;
/// In `Mix`, the engine's 99th percentile over that of the last response time.
const MIX_P99: f64 = 0.70;

/// Something that must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// What.
    pub name: String,
    /// What was found.
    pub found: String,
    /// Whether it holds.
    pub met: bool,
}

/// Judges what was found.
pub fn gates(compared: &[Comparison], recovery: &[Recovery]) -> Vec<Gate> {
    let mut gates: Vec<Gate> = compared.iter().map(is_faster).collect();
    let mix = compared.iter().find(|comparison| comparison.scenario == Scenario::Mix);
    if let Some(Comparison { ours, last_time, .. }) = mix {
        gates.push(at_most("mix: mean", MIX_MEAN, ours.mean_s / last_time.mean_s));
        gates.push(at_most("mix: 99th percentile", MIX_P99, ours.p99_s / last_time.p99_s));
    }
    gates.push(is_found_again(recovery));
    gates
}

fn is_faster(comparison: &Comparison) -> Gate {
    let Comparison { scenario, ours, last_time, .. } = comparison;
    let (ours, last_time) = (ours.over_oracle, last_time.over_oracle);
    let may_be_equal = *scenario == Scenario::Stable;
    let how = if may_be_equal { "not slower" } else { "faster" };
    Gate {
        name: format!("{}: {how} than the last response time", scenario.name()),
        found: format!("{ours:.3} against {last_time:.3}"),
        met: ours < last_time || (may_be_equal && ours <= last_time),
    }
}

fn at_most(name: &str, limit: f64, found: f64) -> Gate {
    Gate {
        name: format!("{name} at most {limit:.2} of the last response time's"),
        found: format!("{found:.3}"),
        met: found <= limit,
    }
}

fn is_found_again(recovery: &[Recovery]) -> Gate {
    let ours = recovery.iter().filter(|recovery| recovery.policy == Policy::Ours);
    let (found, all) = ours.fold((0, 0), |(found, all), recovery| {
        (found + u32::from(recovery.found_after_s.is_some()), all + 1)
    });
    Gate {
        name: "recovery: the best model is found again in every run".to_owned(),
        found: format!("{found} of {all}"),
        met: found == all && all > 0,
    }
}
