//! The list of models. OpenAI tells ids, and when a model ends; compatible servers add what they know.

use llm_core::{Capabilities, Error, ErrorKind, ModelInfo, Result};
use llm_http::{Word, count};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

/// A model, with the names that servers have for one fact.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow)]
    display_name: Word<'a>,
    #[serde(borrow)]
    shutdown_date: Word<'a>,
    #[serde(borrow)]
    r#type: Word<'a>,
    #[serde(borrow)]
    max_model_len: Option<&'a RawValue>,
    #[serde(borrow)]
    loaded_context_length: Option<&'a RawValue>,
    #[serde(borrow)]
    max_context_length: Option<&'a RawValue>,
    #[serde(borrow)]
    context_length: Option<&'a RawValue>,
    #[serde(borrow)]
    context_window: Option<&'a RawValue>,
    #[serde(borrow)]
    max_input_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    max_completion_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    max_output_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
}

/// What llama.cpp knows of a file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta<'a> {
    #[serde(borrow)]
    n_ctx: Option<&'a RawValue>,
    #[serde(borrow)]
    n_ctx_train: Option<&'a RawValue>,
}

/// Reads the answer of `GET /models`: a list, mostly under `data`. A model that cannot be read is
/// left out.
pub fn decode(body: &[u8]) -> Result<Vec<ModelInfo>> {
    let unreadable = |message| Error::new(ErrorKind::MalformedResponse, message);
    let listed: Vec<&RawValue> = serde_json::from_slice(body)
        .or_else(|_| serde_json::from_slice::<Body<'_>>(body).map(|body| body.data))
        .map_err(|_| unreadable("the list of models is not the JSON expected"))?;
    let models: Vec<_> = listed.iter().filter_map(|raw| model(raw)).collect();
    if models.is_empty() && !listed.is_empty() {
        return Err(unreadable("no model of the list can be read"));
    }
    Ok(models)
}

fn model(raw: &RawValue) -> Option<ModelInfo> {
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let mut info = ModelInfo::new(wire.id.as_deref()?);
    info.capabilities = capabilities(&wire);
    info.name = wire.display_name.into_string();
    info.expires = wire.shutdown_date.into_string();
    Some(info)
}

fn capabilities(wire: &Wire<'_>) -> Capabilities {
    let meta = wire.meta.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let meta: Meta<'_> = meta.unwrap_or_default();
    // What the server was started with comes before what the model was trained for.
    let windows = [
        wire.max_model_len,
        wire.loaded_context_length,
        meta.n_ctx,
        wire.max_context_length,
        wire.context_length,
        wire.context_window,
        wire.max_input_tokens,
        meta.n_ctx_train,
    ];
    let known = |raw: &RawValue| count(raw).filter(|tokens| *tokens > 0);
    let mut capabilities = Capabilities::default();
    capabilities.context_window = windows.into_iter().flatten().find_map(known);
    let longest = wire.max_completion_tokens.or(wire.max_output_tokens);
    capabilities.max_output_tokens = longest.and_then(known);
    // LM Studio tells models that see from those that do not.
    capabilities.images = match wire.r#type.as_deref() {
        Some("vlm") => Some(true),
        Some("llm") => Some(false),
        _ => None,
    };
    capabilities
}
