//! What is found out before anything is spent: which ids a provider lists.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use llm_core::{ModelInfo, Price, Provider, ProviderId};
use llm_manager::{listed, nearest_ids};
use tokio::time::timeout;

use crate::target::TestTarget;

/// How long a catalogue may take. It is a help, not a condition.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the catalogues say.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// Catalogues that could be read and list anything.
    catalogues: BTreeMap<ProviderId, Vec<ModelInfo>>,
    /// What could not be found out.
    pub(super) notes: Vec<String>,
}

/// Reads the catalogue of every provider of `targets`, all at once, and tells `learn` of each.
pub(super) async fn preflight(
    targets: &[TestTarget],
    learn: &(dyn Fn(&ProviderId, &[ModelInfo]) + Send + Sync),
) -> Preflight {
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
                learn(id, &models);
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
    /// The ids nearest to the model's, where the provider says that it does not serve it.
    pub(super) fn unknown(&self, target: &TestTarget) -> Option<Vec<String>> {
        let catalogue = self.catalogues.get(&target.model.provider)?;
        // What the account itself defines, such as a preset, stands in no catalogue.
        if target.id().starts_with('@') {
            return None;
        }
        let asked = &target.model.model;
        let nearest = || nearest_ids(catalogue, asked).iter().map(ToString::to_string).collect();
        listed(catalogue, asked).is_none().then(nearest)
    }

    /// Takes what the catalogue says of the model before what the configuration says.
    pub(super) fn enrich(&mut self, target: &mut TestTarget) {
        let Some(catalogue) = self.catalogues.get(&target.model.provider) else { return };
        let Some(info) = listed(catalogue, &target.model.model) else { return };
        target.capabilities = info.capabilities.or(&target.capabilities);
        let or = |price: Price| price.or(&target.price.unwrap_or_default());
        target.price = info.price.map(or).or(target.price);
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
