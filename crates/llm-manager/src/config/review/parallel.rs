//! Best of two: two models, and a judge who is neither.

use llm_core::{ModelRef, ModelRole};

use crate::config::{
    diagnostic::{Code, Diagnostic, Severity},
    models::{self, Chosen},
    node::Node,
    path::Path,
    settings::StrategyName,
};

use super::{context::Review, entries, roles};

const MODELS: [&str; 3] = ["llm", "parallel", "models"];
const JUDGE: [&str; 3] = ["llm", "parallel", "evaluator_model"];

pub(super) fn review(review: &Review<'_>, problems: &mut Vec<Diagnostic>) {
    if review.names.providers.is_empty() {
        return;
    }
    let chosen = Chosen::new(review.settings, review.names);
    let models = review.set(&MODELS);
    if let Some(models) = models {
        roles::list(review, &entries::names(models), &Path::of(&MODELS), problems);
    }
    let named = models.map_or(0, |models| entries::names(models).len());
    let candidates = if named == 0 { in_roles(review) } else { chosen.parallel };
    match models.filter(|_| named == 1) {
        Some(models) => problems.push(one_model(models)),
        None if named == 0 => problems.extend(too_few(review, &candidates)),
        None => {}
    }
    problems.extend(judge(review, &candidates));
}

/// The models that best of two takes when none are named, as far as that is known before any
/// measurement: those that are on, primaries first.
fn in_roles(review: &Review<'_>) -> Vec<ModelRef> {
    let mut found = Vec::new();
    for role in [ModelRole::Primary, ModelRole::Duplicate] {
        let names = models::of_role(&review.settings.llm.model_roles, role);
        for model in names.iter().filter_map(|name| review.names.resolve(name).ok()) {
            if is_on(review, &model) && !found.contains(&model) {
                found.push(model);
            }
        }
    }
    found.truncate(2);
    found
}

fn is_on(review: &Review<'_>, model: &ModelRef) -> bool {
    let provider = review.settings.providers.get(model.provider.as_str());
    provider.is_some_and(|provider| {
        let mut listed = provider.models.0.iter();
        provider.enabled
            && listed.find(|listed| model.model == *listed.name).is_none_or(|listed| listed.enabled)
    })
}

fn one_model(models: &Node) -> Diagnostic {
    let path = Path::of(&MODELS);
    let message = format!("`{path}` names one model; two are compared");
    Diagnostic::new(Code::MissingRequired, &path, &models.origin, message)
        .label("one model")
        .help("name a second, or remove the key: then the two best primaries are taken")
}

fn too_few(review: &Review<'_>, candidates: &[ModelRef]) -> Option<Diagnostic> {
    const KEYS: [&str; 2] = ["llm", "strategy"];
    let node = review.set(&KEYS)?;
    let is_wanted = review.settings.llm.strategy == StrategyName::BestOfTwo;
    (is_wanted && candidates.len() < 2).then(|| {
        let path = Path::of(&KEYS);
        let message = "strategy `best_of_two` needs two models that are switched on".to_owned();
        Diagnostic::new(Code::MissingRequired, &path, &node.origin, message)
            .label("two models at once")
            .help("name two under `llm.model_roles.primary`, or a second under `duplicate`")
    })
}

fn judge(review: &Review<'_>, candidates: &[ModelRef]) -> Option<Diagnostic> {
    let node = review.set(&JUDGE)?;
    let path = Path::of(&JUDGE);
    let judge = match review.names.resolve(node.as_text()?) {
        Ok(judge) => judge,
        Err(unknown) => return Some(review.unknown(node, &path, &unknown)),
    };
    let new = |message| Diagnostic::new(Code::JudgeIsCandidate, &path, &node.origin, message);
    if candidates.contains(&judge) {
        let problem = new(format!("`{path}` judges its own answers"));
        let problem = problem.severity(Severity::Warning).label("also a candidate");
        return Some(problem.help("name a model that is not one of the two, of another vendor"));
    }
    let is_kin = |candidate: &&ModelRef| family(candidate) == family(&judge);
    let kin = candidates.iter().find(is_kin)?;
    let problem = new(format!("`{path}` is of the family of `{}`, which it judges", kin.model));
    let problem = problem.severity(Severity::Info).label("judges its own family");
    Some(problem.help("a judge of another vendor is less partial"))
}

/// The vendor before the slash, else the letters a name begins with.
fn family(model: &ModelRef) -> &str {
    let name = model.model.as_str();
    match name.split_once('/') {
        Some((vendor, _)) => vendor,
        None => name.split(|letter: char| !letter.is_alphabetic()).next().unwrap_or(name),
    }
}
