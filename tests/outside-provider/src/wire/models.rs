//! The catalogue.

use llm_core::{ModelInfo, Result};
use llm_http::{json_text, parse_json};
use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogue {
    engines: Vec<Engine>,
}

#[derive(Deserialize)]
struct Engine {
    name: String,
    window: Option<u64>,
}

/// Reads the list of models. What holds for all of Quill is said here, what the list does not say
/// stays unknown.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<ModelInfo>> {
    let text = json_text(body);
    let catalogue: Catalogue = parse_json(&text)?;
    let engines = catalogue.engines.into_iter();
    Ok(engines
        .map(|engine| {
            let mut model = ModelInfo::new(engine.name);
            model.capabilities.context_window = engine.window;
            model.capabilities.streaming = Some(true);
            model.capabilities.tools = Some(false);
            model.capabilities.images = Some(false);
            model.capabilities.json_object = Some(false);
            model.capabilities.json_schema = Some(false);
            model
        })
        .collect())
}
