//! Ollama's catalogue: what it lists, and what it says of one model.

use bytes::Bytes;
use llm_core::{Capabilities, Error, ErrorKind, ModelInfo, Result};
use llm_http::{Word, count};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

/// A model as `GET /api/tags` lists it.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    name: String,
    /// Whether another machine runs it.
    is_remote: bool,
    facts: Shown,
}

/// What is said of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Tokens it takes.
    window: Option<u64>,
    /// What it can do; a list that is there is complete.
    capabilities: Option<Vec<String>>,
}

impl Listed {
    /// Whether nothing more is to be asked.
    pub(crate) fn is_complete(&self) -> bool {
        self.facts.window.is_some() && self.facts.capabilities.is_some()
    }

    /// The model for the catalogue; `None` for one that holds no conversations.
    pub(crate) fn into_info(self, shown: Option<Shown>) -> Option<ModelInfo> {
        let shown = shown.unwrap_or_default();
        let can = shown.capabilities.or(self.facts.capabilities);
        let can = |name: &str| Some(can.as_ref()?.iter().any(|known| known == name));
        if can("completion") == Some(false) {
            return None;
        }
        let mut info = ModelInfo::new(self.name);
        let mut capabilities = Capabilities::default();
        capabilities.context_window = shown.window.or(self.facts.window);
        capabilities.tools = can("tools");
        capabilities.images = can("vision");
        capabilities.reasoning = can("thinking");
        capabilities.streaming = Some(true);
        // The server holds every model that it runs itself to a format, and ends its answers.
        let by_server = (!self.is_remote).then_some(true);
        capabilities.json_object = by_server;
        capabilities.json_schema = by_server;
        capabilities.stop = by_server;
        info.capabilities = capabilities;
        Some(info)
    }
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    models: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, default)]
    name: Word<'a>,
    #[serde(borrow, default)]
    model: Word<'a>,
    #[serde(borrow, default)]
    remote_host: Word<'a>,
    #[serde(borrow, default)]
    details: Option<Details<'a>>,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow, default)]
    context_length: Option<&'a RawValue>,
}

/// Reads the answer of `GET /api/tags`. A model that cannot be read is left out.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<Listed>> {
    let unreadable = |message| Error::new(ErrorKind::MalformedResponse, message);
    let body: Body<'_> = serde_json::from_slice(body)
        .map_err(|_| unreadable("the list of models is not the JSON expected"))?;
    let models: Vec<_> = body.models.iter().filter_map(|raw| listed(raw)).collect();
    if models.is_empty() && !body.models.is_empty() {
        return Err(unreadable("no model of the list can be read"));
    }
    Ok(models)
}

/// The list of models as a catalogue, without what would have to be asked.
pub fn listing(body: &[u8]) -> Result<Vec<ModelInfo>> {
    Ok(decode(body)?.into_iter().filter_map(|listed| listed.into_info(None)).collect())
}

fn listed(raw: &RawValue) -> Option<Listed> {
    let tag: Tag<'_> = serde_json::from_str(raw.get()).ok()?;
    let name = tag.name.into_string().or_else(|| tag.model.into_string())?;
    let window = tag.details.and_then(|details| details.context_length).and_then(tokens);
    let capabilities = tag.capabilities.filter(|list| !list.is_empty());
    let facts = Shown { window, capabilities };
    Some(Listed { name, is_remote: tag.remote_host.as_deref().is_some(), facts })
}

/// The body that asks for what is said of one model.
pub(crate) fn ask(listed: &Listed) -> Bytes {
    Bytes::from(json!({ "model": listed.name }).to_string())
}

#[derive(Deserialize)]
struct Show<'a> {
    #[serde(borrow, default)]
    parameters: Word<'a>,
    #[serde(borrow, default)]
    model_info: Option<&'a RawValue>,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
}

/// Reads the answer of `POST /api/show`.
pub fn shown(body: &[u8]) -> Result<Shown> {
    let show: Show<'_> = serde_json::from_slice(body).map_err(|_| {
        let message = "what is said of the model is not the JSON expected";
        Error::new(ErrorKind::MalformedResponse, message)
    })?;
    let trained = show.model_info.and_then(trained_window);
    let chosen = show.parameters.as_deref().and_then(chosen_window);
    let window = [chosen, trained].into_iter().flatten().min();
    Ok(Shown { window, capabilities: show.capabilities.filter(|list| !list.is_empty()) })
}

/// The window the model was trained for, whose key begins with the model's architecture.
fn trained_window(raw: &RawValue) -> Option<u64> {
    let facts: Map<String, Value> = serde_json::from_str(raw.get()).ok()?;
    let key = match facts.get("general.architecture").and_then(Value::as_str) {
        Some(architecture) => format!("{architecture}.context_length"),
        None => facts.keys().find(|key| key.ends_with(".context_length"))?.clone(),
    };
    facts.get(&key)?.as_u64().filter(|tokens| *tokens > 0)
}

/// The window the model's own settings give it: what is longer is cut, whatever it was trained
/// for.
fn chosen_window(parameters: &str) -> Option<u64> {
    let mut values = parameters.lines().filter_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        (name == "num_ctx").then(|| value.trim().parse().ok())?
    });
    values.next_back().filter(|tokens| *tokens > 0)
}

fn tokens(raw: &RawValue) -> Option<u64> {
    count(raw).filter(|tokens| *tokens > 0)
}
