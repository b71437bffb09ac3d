//! Which two candidates are asked, and who judges between them.

use llm_core::{Candidate, ModelRef, ModelRole, Plan};

/// The two candidates to ask, the first in configured order first; fewer where fewer can serve.
///
/// A model named by the caller is one of them; then come the configured ones, then the best of
/// the primaries by rank, then the duplicates.
pub(super) fn contenders(plan: &Plan, configured: &[ModelRef]) -> Vec<Candidate> {
    let named = plan.candidates.first().filter(|_| plan.named);
    let configured_ones = configured.iter().filter_map(|model| usable(plan, model));
    let primaries = by_rank(plan, ModelRole::Primary);
    let duplicates = by_rank(plan, ModelRole::Duplicate);
    let order = named.into_iter().chain(configured_ones).chain(primaries).chain(duplicates);

    let mut chosen: Vec<Candidate> = Vec::with_capacity(2);
    for candidate in order {
        if chosen.len() < 2 && chosen.iter().all(|other| other.model != candidate.model) {
            chosen.push(candidate.clone());
        }
    }
    if configured.is_empty() {
        let place =
            |candidate: &Candidate| plan.candidates.iter().position(|c| c.model == candidate.model);
        chosen.sort_by_key(place);
    }
    chosen
}

/// The model to ask for a verdict on `pair`: the configured one, else a duplicate that does not
/// compete, else any other model in the order of the chain. Who is only not to answer may judge.
pub(super) fn judge<'a>(
    plan: &'a Plan,
    pair: &[Candidate; 2],
    configured: Option<&ModelRef>,
) -> Option<&'a Candidate> {
    let competes = |model: &Candidate| pair.iter().any(|candidate| candidate.model == model.model);
    let chain = plan.candidates.iter().chain(&plan.judges_only);
    let mut others = chain.filter(|candidate| !competes(candidate));
    let named =
        |model: &ModelRef| plan.judges_only.iter().find(|candidate| candidate.model == *model);
    let judge = configured
        .and_then(|model| usable(plan, model).or_else(|| named(model)))
        .or_else(|| others.clone().find(|other| other.role == Some(ModelRole::Duplicate)))
        .or_else(|| others.next())?;
    if competes(judge) {
        tracing::warn!(judge = %judge.model, "the judge is one of the two candidates");
    } else if pair.iter().any(|candidate| same_family(&candidate.model, &judge.model)) {
        tracing::debug!(judge = %judge.model, "the judge is of a candidate's family");
    }
    Some(judge)
}

/// The chain without `taken`.
pub(super) fn rest(plan: &Plan, taken: &[Candidate]) -> Vec<Candidate> {
    let is_taken = |candidate: &Candidate| taken.iter().any(|other| other.model == candidate.model);
    plan.candidates.iter().filter(|candidate| !is_taken(candidate)).cloned().collect()
}

fn usable<'a>(plan: &'a Plan, model: &ModelRef) -> Option<&'a Candidate> {
    plan.candidates.iter().chain(&plan.extras).find(|candidate| candidate.model == *model)
}

fn by_rank(plan: &Plan, role: ModelRole) -> Vec<&Candidate> {
    let mut members: Vec<_> =
        plan.candidates.iter().filter(|candidate| candidate.role == Some(role)).collect();
    members.sort_by_key(|candidate| candidate.rank);
    members
}

/// Whether both ids name the same vendor before their first slash.
fn same_family(left: &ModelRef, right: &ModelRef) -> bool {
    let vendor = |model: &ModelRef| {
        model.model.as_str().split_once('/').map(|(vendor, _)| vendor.to_owned())
    };
    vendor(left).is_some_and(|left| Some(left) == vendor(right))
}
