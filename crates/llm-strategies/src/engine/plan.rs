//! Which models can serve a request, before anything is sent.

use std::{cell::LazyCell, sync::Arc};

use llm_core::{
    Candidate, ChatRequest, Exclusion, ExclusionReason, ModelRef, Plan, ResponseFormat, Timestamp,
};

use super::{
    fleet::Roster,
    latency, locked,
    member::Member,
    settings::{CallOptions, WhenAllUnavailable},
    shared::Shared,
};

/// The plan of a request, and what was left out of it.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) excluded: Vec<Exclusion>,
    /// Members that could serve but are resting, the one that returns soonest first.
    pub(crate) resting: Vec<Arc<Member>>,
}

/// Sorts every member into candidates and exclusions. `named` are models that the strategy may
/// ask although they hold no role.
pub(crate) fn plan(
    shared: &Shared,
    roster: &Roster,
    request: &ChatRequest,
    options: &CallOptions,
    named: &[ModelRef],
    number: u64,
) -> Planned {
    let now = shared.clock.now();
    let members = roster.members();
    // The prompt is measured once, and only if somebody's window is known.
    let needed = LazyCell::new(|| tokens_needed(request));
    let sort = |members| sort(members, request, options, &needed, now);
    let Sorted { fit, mut resting, mut excluded, mut avoided } = sort(in_order(members, options));
    let extras = sort(without_role(members, options, named));
    avoided.extend(extras.avoided);
    excluded.extend(extras.excluded);
    if fit.is_empty() && resting.is_empty() {
        resting = extras.resting;
    }
    resting.sort_by_key(|member| member.returns_in(now));
    if shared.settings.when_all_unavailable == WhenAllUnavailable::Fail {
        resting.clear();
    }
    let first = fit.first().map(|member| &member.target.model);
    let max_tokens = request.sampling.max_tokens;
    let mut plan = Plan::new(candidates(&fit, max_tokens, now));
    plan.named = first.is_some() && first == options.model.as_ref();
    plan.extras = candidates(&extras.fit, max_tokens, now);
    plan.judges_only = candidates(&avoided, max_tokens, now);
    if options.use_fastest && options.model.is_none() {
        rank_by_speed(shared, &fit, &mut plan.candidates, number, now);
    }
    Planned { plan, excluded, resting }
}

/// Members by whether they can serve.
#[derive(Default)]
struct Sorted {
    fit: Vec<Arc<Member>>,
    resting: Vec<Arc<Member>>,
    excluded: Vec<Exclusion>,
    /// Members that could serve, but whose answer nobody wants.
    avoided: Vec<Arc<Member>>,
}

fn sort(
    members: Vec<&Arc<Member>>,
    request: &ChatRequest,
    options: &CallOptions,
    needed: &LazyCell<u64, impl FnOnce() -> u64>,
    now: Timestamp,
) -> Sorted {
    let mut sorted = Sorted::default();
    for member in members {
        let unfit = unfit(member, request, needed);
        if options.avoids(&member.target.model) {
            sorted.excluded.push(exclusion(member, ExclusionReason::Avoided));
            if unfit.is_none() && member.obstacle(now).is_none() {
                sorted.avoided.push(Arc::clone(member));
            }
        } else if let Some(reason) = unfit {
            sorted.excluded.push(exclusion(member, reason));
        } else if let Some(reason) = member.obstacle(now) {
            sorted.excluded.push(exclusion(member, reason));
            sorted.resting.push(Arc::clone(member));
        } else {
            sorted.fit.push(Arc::clone(member));
        }
    }
    sorted
}

/// The exclusion of a member for a reason.
pub(crate) fn exclusion(member: &Member, reason: ExclusionReason) -> Exclusion {
    let ModelRef { provider, model } = member.target.model.clone();
    Exclusion { provider, model, role: member.target.role, reason }
}

/// Whether the member's window holds `needed` tokens, as far as known.
pub(crate) fn window_holds(member: &Member, needed: u64) -> bool {
    member.target.capabilities.context_window.is_none_or(|window| window >= needed)
}

/// Tokens a request needs at least, by estimate.
fn tokens_needed(request: &ChatRequest) -> u64 {
    request.estimated_tokens().saturating_add(u64::from(request.sampling.max_tokens.unwrap_or(0)))
}

/// The members of a request in configured order: the named one first, or alone; models without a
/// role only when they are named. Without a name and without fallback it is the first that is not
/// avoided.
fn in_order<'a>(members: &'a [Arc<Member>], options: &CallOptions) -> Vec<&'a Arc<Member>> {
    let is_named = |member: &Arc<Member>| Some(&member.target.model) == options.model.as_ref();
    let named = members.iter().filter(|member| is_named(member));
    let others = members
        .iter()
        .filter(|member| options.fallback && !is_named(member) && member.target.role.is_some());
    let alone = options.model.is_none() && !options.fallback;
    let first = members.iter().filter(|member| member.target.role.is_some());
    let avoided = first.clone().take_while(|member| options.avoids(&member.target.model)).count();
    named.chain(others).chain(first.take(if alone { avoided + 1 } else { 0 })).collect()
}

/// The members the strategy names beside the chain, in its order.
fn without_role<'a>(
    members: &'a [Arc<Member>],
    options: &CallOptions,
    named: &[ModelRef],
) -> Vec<&'a Arc<Member>> {
    let mut found: Vec<&Arc<Member>> = Vec::new();
    for model in named.iter().filter(|model| Some(*model) != options.model.as_ref()) {
        let member = members.iter().find(|member| member.target.model == *model);
        let is_new = |member: &&Arc<Member>| found.iter().all(|other| !Arc::ptr_eq(other, member));
        let member = member.filter(|member| options.fallback && member.target.role.is_none());
        found.extend(member.filter(is_new));
    }
    found
}

/// Why the member cannot serve the request, whenever it is asked.
fn unfit(
    member: &Member,
    request: &ChatRequest,
    needed: &LazyCell<u64, impl FnOnce() -> u64>,
) -> Option<ExclusionReason> {
    let target = &member.target;
    if let Err(reason) = &target.provider {
        return Some(reason.clone());
    }
    let capabilities = &target.capabilities;
    if !request.tools.is_empty() && capabilities.tools == Some(false) {
        return Some(ExclusionReason::Tools);
    }
    if capabilities.images == Some(false) && request.has_images() {
        return Some(ExclusionReason::Images);
    }
    let json = match &request.response_format {
        Some(ResponseFormat::JsonSchema { .. }) => capabilities.json_schema,
        Some(ResponseFormat::JsonObject) => capabilities.json_object,
        _ => None,
    };
    if json == Some(false) {
        return Some(ExclusionReason::JsonMode);
    }
    let window = capabilities.context_window?;
    (window < **needed).then(|| ExclusionReason::ContextWindow { needed: **needed, window })
}

fn candidates(fit: &[Arc<Member>], max_tokens: Option<u32>, now: Timestamp) -> Vec<Candidate> {
    fit.iter()
        .enumerate()
        .map(|(place, member)| {
            let statistics = member.statistics();
            let target = &member.target;
            let mut candidate = Candidate::new(target.model.clone(), target.role);
            let max_tokens = max_tokens.or(target.defaults.sampling.max_tokens);
            candidate.rank = place;
            candidate.forecast = latency::forecast(&statistics, max_tokens, now);
            candidate.odds = latency::odds(&statistics.odds, now);
            candidate.price = target.price;
            candidate
        })
        .collect()
}

/// Ranks the candidates of the first role present, where speed decides; the other roles keep
/// their order behind it.
fn rank_by_speed(
    shared: &Shared,
    fit: &[Arc<Member>],
    candidates: &mut [Candidate],
    number: u64,
    now: Timestamp,
) {
    let Some(lead) = candidates.first().map(|candidate| candidate.role) else { return };
    let leading = candidates.iter().filter(|candidate| candidate.role == lead).count();
    let contenders: Vec<_> = fit.iter().take(leading).map(|member| member.contender()).collect();
    let order = locked(&shared.ranking).order(&contenders, number, now);
    for (rank, position) in order.into_iter().enumerate() {
        if let Some(candidate) = candidates.get_mut(position) {
            candidate.rank = rank;
        }
    }
}
