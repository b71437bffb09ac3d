//! The list `models` of a provider, in the three shapes it may have.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use llm_core::Capabilities;
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{TimeoutSettings, UpstreamStream};
use crate::config::values::Dollars;

/// The models of a provider: ids, objects, or groups of either. Empty is any model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Models(pub Vec<ModelSettings>);

/// A model of a provider.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ModelSettings {
    /// Its id at the provider.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// The longest answer asked for, in tokens. Default: the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_tokens: Option<u32>,
    /// Tokens that prompt and answer may have together, where the provider's catalogue does not
    /// say. Default: unknown, which leaves nothing out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub context_window: Option<u64>,
    /// How freely tokens are drawn. Default: the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 2.0))]
    pub temperature: Option<f64>,
    /// Of which most likely part tokens are drawn. Default: the provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub top_p: Option<f64>,
    /// Whether it is called.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Other names for it, in roles and on the command line.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it costs, where the provider's catalogue does not say. Default: unknown; what a
    /// provider reports with an answer always counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceSettings>,
    /// All it can do beside text, where the provider's catalogue does not say. Default: unknown,
    /// which leaves nothing out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<CapabilityName>>,
    /// Whether it reasons before it answers, where the provider's catalogue does not say. Default:
    /// unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<bool>,
    /// Fields added to every request, as the provider's own API names them.
    #[serde(default, skip_serializing)]
    pub extra_body: serde_json::Map<String, serde_json::Value>,
    /// Limits of one attempt.
    #[serde(default)]
    pub timeouts: TimeoutSettings,
    /// Whether to ask for a stream also when the caller wants one whole answer. Default: what the
    /// provider has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream_stream: Option<UpstreamStream>,
}

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[non_exhaustive]
pub struct PriceSettings {
    /// Of the prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Dollars>,
    /// Of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Dollars>,
}

/// Something a model can do beside text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CapabilityName {
    /// Calls tools.
    Tools,
    /// Takes images.
    Images,
    /// Answers in JSON when asked to.
    JsonObject,
    /// Answers in JSON that follows a schema.
    JsonSchema,
    /// Reasons before it answers.
    Reasoning,
    /// Ends its answer at a text it is given. One that does not is not sent `stop`; its answers are
    /// cut there all the same.
    Stop,
}

impl ModelSettings {
    /// A model of which nothing but its id is said.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            max_tokens: None,
            context_window: None,
            temperature: None,
            top_p: None,
            enabled: true,
            aliases: Vec::new(),
            price: None,
            capabilities: None,
            reasoning: None,
            extra_body: serde_json::Map::new(),
            timeouts: TimeoutSettings::default(),
            upstream_stream: None,
        }
    }

    /// What it can do, as far as the settings say. A list of capabilities is complete: what it
    /// does not name the model cannot do.
    pub fn capabilities(&self) -> Capabilities {
        let listed = |name| Some(self.capabilities.as_ref()?.contains(&name));
        let mut capabilities = Capabilities::default();
        capabilities.context_window = self.context_window;
        capabilities.tools = listed(CapabilityName::Tools);
        capabilities.images = listed(CapabilityName::Images);
        capabilities.json_object = listed(CapabilityName::JsonObject);
        capabilities.json_schema = listed(CapabilityName::JsonSchema);
        capabilities.reasoning = self.reasoning.or(listed(CapabilityName::Reasoning));
        capabilities.stop = listed(CapabilityName::Stop);
        capabilities
    }

    /// What a token of the prompt costs, if the settings say.
    pub(crate) fn input_price(&self) -> Option<Decimal> {
        self.price?.input?.of_token()
    }

    /// What a token of the answer costs, if the settings say.
    pub(crate) fn output_price(&self) -> Option<Decimal> {
        self.price?.output?.of_token()
    }
}

/// Prints no field of `extra_body`: a variable may have brought a secret into it.
impl fmt::Debug for ModelSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ModelSettings")
            .field("name", &self.name)
            .field("enabled", &self.enabled)
            .field("aliases", &self.aliases)
            .finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Models {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lists = match Shape::deserialize(deserializer)? {
            Shape::List(list) => vec![list],
            Shape::Groups(groups) => groups.into_values().map(Option::unwrap_or_default).collect(),
        };
        let model = |entry| match entry {
            Entry::Id(name) => ModelSettings::new(name),
            Entry::Model(model) => *model,
        };
        Ok(Self(lists.into_iter().flatten().map(model).collect()))
    }
}

impl JsonSchema for Models {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Models".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let model = generator.subschema_for::<ModelSettings>();
        let entry = json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, model] });
        let list = json_schema!({ "type": "array", "items": entry });
        json_schema!({ "anyOf": [list, { "type": "object", "additionalProperties": list }] })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    List(Vec<Entry>),
    Groups(BTreeMap<String, Option<Vec<Entry>>>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Id(String),
    Model(Box<ModelSettings>),
}

const fn yes() -> bool {
    true
}
