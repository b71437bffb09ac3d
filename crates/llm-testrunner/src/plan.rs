//! What a run will send, and what that costs at most.

use llm_core::{ModelRole, Usage};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    options::{Profile, RunOptions},
    render::figures,
    report::{Purpose, Skip},
    run::{Job, Lane},
    taxonomy,
};

/// What a run will send, and what that costs at most.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct RunPlan {
    /// The configuration's path.
    pub config: Option<String>,
    /// How much is tested.
    pub profile: Profile,
    /// Measured chat calls a model.
    pub repeats: u32,
    /// Calls at the same time.
    pub concurrency: u32,
    /// The models, in the order of the chain.
    pub models: Vec<PlannedModel>,
    /// Calls of all models.
    pub calls: u32,
    /// Tokens of all prompts, by estimate.
    pub input_tokens: u64,
    /// Tokens of all answers, at most.
    pub output_tokens: u64,
    /// US dollars at most, of the models whose price is known; `None` when none is.
    pub cost_ceiling_usd: Option<f64>,
    /// Models whose price is not known.
    pub unpriced: Vec<String>,
}

impl RunPlan {
    /// The cost at most, as people read it: `at most $0.0049`. `None` when no price is known.
    pub fn cost_ceiling(&self) -> Option<String> {
        self.cost_ceiling_usd.map(|usd| match figures::dollars(usd) {
            text if text.starts_with('$') => format!("at most {text}"),
            text => text,
        })
    }
}

/// A model in a plan.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct PlannedModel {
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Its role in the chain.
    #[schemars(with = "Option<String>")]
    pub role: Option<ModelRole>,
    /// Its calls, in order.
    pub calls: Vec<Purpose>,
    /// Why it will not be tried.
    pub skipped: Option<Skip>,
}

/// The plan of `lanes`.
pub(crate) fn plan(lanes: &[Lane], options: &RunOptions) -> RunPlan {
    let models: Vec<PlannedModel> = lanes.iter().map(planned).collect();
    let jobs = lanes.iter().flat_map(|lane| &lane.jobs);
    let of_lane =
        |lane: &Lane| lane.jobs.iter().map(|job| ceiling(lane, job)).sum::<Option<Decimal>>();
    let called: Vec<&Lane> = lanes.iter().filter(|lane| !lane.jobs.is_empty()).collect();
    let ceilings: Vec<Decimal> = called.iter().filter_map(|lane| of_lane(lane)).collect();
    let unpriced = called.iter().filter(|lane| of_lane(lane).is_none());
    RunPlan {
        config: options.config.as_ref().map(|path| path.display().to_string()),
        profile: options.profile,
        repeats: options.repeats(),
        concurrency: options.concurrency.max(1),
        calls: jobs.clone().count().try_into().unwrap_or(u32::MAX),
        input_tokens: jobs.clone().map(Job::input_tokens).sum(),
        output_tokens: jobs.map(Job::output_tokens).sum(),
        cost_ceiling_usd: match ceilings.as_slice() {
            [] => None,
            known => known.iter().sum::<Decimal>().to_f64(),
        },
        unpriced: unpriced.map(|lane| lane.target.id().to_owned()).collect(),
        models,
    }
}

fn planned(lane: &Lane) -> PlannedModel {
    let target = &lane.target;
    PlannedModel {
        provider: target.model.provider.to_string(),
        model: target.id().to_owned(),
        role: target.role,
        calls: lane.jobs.iter().map(|job| job.purpose).collect(),
        skipped: target.provider.as_ref().err().map(|reason| taxonomy::skip(reason, target)),
    }
}

fn ceiling(lane: &Lane, job: &Job) -> Option<Decimal> {
    let usage = Usage::of(job.input_tokens(), job.output_tokens());
    Some(lane.target.price?.cost(&usage)?.usd)
}
