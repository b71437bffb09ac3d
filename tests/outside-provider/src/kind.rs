//! `kind: quill` in a configuration.

use std::sync::Arc;

use llm_core::{Provider, Result};
use llm_manager::{ProviderFactory, ProviderHabits, ProviderSetup};

use crate::{config::QuillConfig, provider::Quill};

/// What the configuration calls it.
pub const KIND: &str = "quill";

/// Makes a [`Quill`] of what a configuration says.
#[derive(Clone, Copy, Debug)]
pub struct QuillFactory;

impl ProviderFactory for QuillFactory {
    fn habits(&self) -> ProviderHabits {
        // It cannot be called without a key, and its streams are sound: the default.
        ProviderHabits::default()
    }

    fn build(&self, setup: ProviderSetup) -> Result<Arc<dyn Provider>> {
        // A provider whose key is missing never comes here.
        let mut config = QuillConfig::new(setup.api_key.unwrap_or_default())
            .with_id(setup.id)
            .with_connect_timeout(setup.connect_timeout);
        if let Some(base_url) = setup.base_url {
            config = config.with_base_url(base_url);
        }
        config.connection.headers = setup.headers;
        Ok(Arc::new(Quill::new(config)?))
    }
}
