//! Anthropic's catalogue.

use llm_core::{Capabilities, Error, ErrorKind, ModelInfo, Result};
use llm_http::{Word, count};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of the catalogue.
#[derive(Debug)]
#[non_exhaustive]
pub struct Page {
    /// Its models.
    pub models: Vec<ModelInfo>,
    /// The model after which the next page begins, if there is one.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    #[serde(default)]
    has_more: Option<bool>,
    #[serde(borrow, default)]
    last_id: Word<'a>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow, default)]
    display_name: Word<'a>,
    #[serde(borrow, default)]
    max_input_tokens: Option<&'a RawValue>,
    #[serde(borrow, default)]
    max_tokens: Option<&'a RawValue>,
    #[serde(borrow, default)]
    capabilities: Option<&'a RawValue>,
    #[serde(borrow, default)]
    lifecycle: Word<'a>,
    #[serde(borrow, default)]
    retires_at: Word<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Abilities<'a> {
    #[serde(borrow)]
    image_input: Option<&'a RawValue>,
    #[serde(borrow)]
    structured_outputs: Option<&'a RawValue>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ability {
    supported: bool,
}

/// Reads an answer of `GET /v1/models`. A model that cannot be read is left out, and so is one
/// that is listed as retired.
pub fn decode(body: &[u8]) -> Result<Page> {
    let unreadable = |message| Error::new(ErrorKind::MalformedResponse, message);
    let body: Body<'_> = serde_json::from_slice(body)
        .map_err(|_| unreadable("the catalogue is not the JSON expected"))?;
    let read: Vec<_> = body.data.iter().filter_map(|raw| model(raw)).collect();
    if read.is_empty() && !body.data.is_empty() {
        return Err(unreadable("no model of the catalogue can be read"));
    }
    let next = body.last_id.into_string().filter(|_| body.has_more == Some(true));
    Ok(Page { models: read.into_iter().flatten().collect(), next })
}

/// The model; `Some(None)` for one that is no longer served.
#[expect(clippy::option_option, reason = "unreadable and retired are two things")]
fn model(raw: &RawValue) -> Option<Option<ModelInfo>> {
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let mut info = ModelInfo::new(wire.id.as_deref()?);
    if wire.lifecycle.as_deref() == Some("retired") {
        return Some(None);
    }
    info.capabilities = capabilities(&wire);
    info.name = wire.display_name.into_string();
    info.expires = wire.retires_at.as_deref().and_then(|time| time.get(..10)).map(str::to_owned);
    Some(Some(info))
}

fn capabilities(wire: &Wire<'_>) -> Capabilities {
    let abilities = wire.capabilities.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let abilities: Abilities<'_> = abilities.unwrap_or_default();
    let tokens = |raw: Option<&RawValue>| raw.and_then(count).filter(|tokens| *tokens > 0);
    let can = |raw: Option<&RawValue>| {
        let ability: Ability = serde_json::from_str(raw?.get()).ok()?;
        Some(ability.supported)
    };
    let mut capabilities = Capabilities::default();
    capabilities.context_window = tokens(wire.max_input_tokens);
    capabilities.max_output_tokens = tokens(wire.max_tokens);
    capabilities.images = can(abilities.image_input);
    // The API has no form for an object without a schema, whatever the model.
    capabilities.json_object = Some(false);
    capabilities.json_schema = can(abilities.structured_outputs);
    capabilities.streaming = Some(true);
    capabilities.reasoning = can(abilities.thinking);
    capabilities
}
