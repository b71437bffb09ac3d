//! What is found out before anything is spent: which ids a provider lists.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use llm_core::{ModelInfo, Provider, ProviderId};
use tokio::time::timeout;

use crate::target::TestTarget;

/// How long a catalogue may take. It is a help, not a condition.
const PATIENCE: Duration = Duration::from_secs(10);

/// Ids at least this alike are worth suggesting.
const ALIKE: f64 = 0.5;

/// What the catalogues say.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// Catalogues that could be read and list anything.
    catalogues: BTreeMap<ProviderId, Vec<ModelInfo>>,
    /// What could not be found out.
    pub(super) notes: Vec<String>,
}

/// Reads the catalogue of every provider of `targets`, all at once.
pub(super) async fn preflight(targets: &[TestTarget]) -> Preflight {
    let mut providers: BTreeMap<ProviderId, Arc<dyn Provider>> = BTreeMap::new();
    for target in targets {
        if let Ok(provider) = &target.provider {
            providers.entry(target.model.provider.clone()).or_insert_with(|| Arc::clone(provider));
        }
    }
    let read = providers.values().map(|provider| timeout(PATIENCE, provider.models()));
    let answers = join_all(read).await;
    let mut preflight = Preflight::default();
    for (id, answer) in providers.keys().zip(answers) {
        let why = match answer {
            Ok(Ok(models)) => {
                if !models.is_empty() {
                    preflight.catalogues.insert(id.clone(), models);
                }
                continue;
            }
            Ok(Err(error)) => error.kind().as_str().to_owned(),
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        preflight.notes.push(format!(
            "The catalogue of {id} could not be read ({why}); its ids were not checked."
        ));
    }
    preflight
}

impl Preflight {
    /// Whether the provider says that it does not serve the model: the ids nearest to it.
    pub(super) fn unknown(&self, target: &TestTarget) -> Option<Vec<String>> {
        let catalogue = self.catalogues.get(&target.model.provider)?;
        // What the account itself defines, such as a preset, stands in no catalogue.
        if target.id().starts_with('@') {
            return None;
        }
        (!catalogue.iter().any(|info| is_served(target.id(), info.id.as_str())))
            .then(|| nearest(target.id(), catalogue))
    }

    /// Adds what the catalogue knows to what the configuration says.
    pub(super) fn enrich(&mut self, target: &mut TestTarget) {
        let Some(catalogue) = self.catalogues.get(&target.model.provider) else { return };
        let Some(info) = catalogue.iter().find(|info| info.id == target.model.model) else {
            return;
        };
        target.capabilities = target.capabilities.or(&info.capabilities);
        target.price = target.price.or(info.price);
        if let Some(day) = &info.expires {
            let note = format!(
                "{} says it stops serving {} after {day}.",
                target.model.provider,
                target.id()
            );
            self.notes.push(note);
        }
    }
}

/// A listed id serves an asked one when they are the same, but for the implied tag `latest`, or a
/// tag that asks for a way of serving rather than for another model. `free` is another model.
fn is_served(asked: &str, listed: &str) -> bool {
    let tag = asked.strip_prefix(listed).and_then(|rest| rest.strip_prefix(':'));
    asked == listed
        || listed.strip_suffix(":latest") == Some(asked)
        || tag.is_some_and(|tag| tag != "free")
}

fn nearest(asked: &str, catalogue: &[ModelInfo]) -> Vec<String> {
    let mut scored: Vec<(f64, &str)> = catalogue
        .iter()
        .map(|info| (strsim::jaro_winkler(asked, info.id.as_str()), info.id.as_str()))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    scored.into_iter().take(3).map(|(_, id)| id.to_owned()).collect()
}
