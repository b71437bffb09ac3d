//! OpenRouter's catalogue.

use std::collections::BTreeSet;

use llm_core::{Capabilities, Error, ErrorKind, ModelInfo, Price, Result};
use llm_http::{Word, count, decimal};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Word<'a>,
    #[serde(borrow, default)]
    name: Word<'a>,
    #[serde(borrow, default)]
    context_length: Option<&'a RawValue>,
    #[serde(default)]
    architecture: Option<Architecture>,
    #[serde(borrow, default)]
    pricing: Option<Pricing<'a>>,
    #[serde(borrow, default)]
    top_provider: Option<TopProvider<'a>>,
    #[serde(default)]
    supported_parameters: Option<BTreeSet<String>>,
    #[serde(borrow, default)]
    expiration_date: Word<'a>,
}

#[derive(Deserialize)]
struct Architecture {
    #[serde(default)]
    input_modalities: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Pricing<'a> {
    #[serde(borrow, default)]
    prompt: Option<&'a RawValue>,
    #[serde(borrow, default)]
    completion: Option<&'a RawValue>,
    #[serde(borrow, default)]
    request: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct TopProvider<'a> {
    #[serde(borrow, default)]
    context_length: Option<&'a RawValue>,
    #[serde(borrow, default)]
    max_completion_tokens: Option<&'a RawValue>,
}

/// Reads the answer of `GET /models`. A model that cannot be read is left out.
pub fn decode(body: &[u8]) -> Result<Vec<ModelInfo>> {
    let unreadable = |message| Error::new(ErrorKind::MalformedResponse, message);
    let body: Body<'_> = serde_json::from_slice(body)
        .map_err(|_| unreadable("the catalogue is not the JSON expected"))?;
    let models: Vec<_> = body.data.iter().filter_map(|raw| model(raw)).collect();
    if models.is_empty() && !body.data.is_empty() {
        return Err(unreadable("no model of the catalogue can be read"));
    }
    Ok(models)
}

fn model(raw: &RawValue) -> Option<ModelInfo> {
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let mut info = ModelInfo::new(wire.id.as_deref()?);
    info.capabilities = capabilities(&wire);
    info.price = wire.pricing.as_ref().and_then(price);
    info.name = wire.name.into_string();
    info.expires = wire.expiration_date.into_string();
    Some(info)
}

fn capabilities(wire: &Wire<'_>) -> Capabilities {
    let knows = |parameters: &[&str]| {
        let known = wire.supported_parameters.as_ref()?;
        Some(parameters.iter().any(|parameter| known.contains(*parameter)))
    };
    let modalities = wire.architecture.as_ref().and_then(|arch| arch.input_modalities.as_ref());
    let top = wire.top_provider.as_ref();
    let window = wire.context_length.or_else(|| top?.context_length);
    let mut capabilities = Capabilities::default();
    capabilities.context_window = window.and_then(count).filter(|tokens| *tokens > 0);
    capabilities.max_output_tokens =
        top.and_then(|top| top.max_completion_tokens).and_then(count).filter(|tokens| *tokens > 0);
    capabilities.tools = knows(&["tools"]);
    capabilities.images = modalities.map(|inputs| inputs.iter().any(|input| input == "image"));
    capabilities.json_object = knows(&["response_format", "structured_outputs"]);
    capabilities.json_schema = knows(&["structured_outputs"]);
    capabilities.streaming = Some(true);
    capabilities.reasoning = knows(&["reasoning", "include_reasoning"]);
    capabilities.stop = knows(&["stop"]);
    capabilities
}

/// The price of a token; negative prices stand for a router that picks the model, and its price,
/// later.
fn price(pricing: &Pricing<'_>) -> Option<Price> {
    let mut price = Price::default();
    price.input = pricing.prompt.and_then(decimal);
    price.output = pricing.completion.and_then(decimal);
    price.request = pricing.request.and_then(decimal);
    (price.input.is_some() || price.output.is_some()).then_some(price)
}
