//! What OpenRouter's requests have that others have not.

use llm_core::{Error, ErrorKind, Extras, ModelId, Result};
use llm_http::openai::{Dialect, ReasoningStyle};
use serde_json::{Value, json};

use crate::{config::ProviderPreferences, error::classify};

/// How OpenRouter's dialect differs from the others'. Usage comes with every stream unasked.
pub const DIALECT: Dialect = Dialect {
    output_limit: "max_tokens",
    reasoning: ReasoningStyle::Object,
    earlier_reasoning: Some("reasoning"),
    top_k: true,
    ask_for_usage: false,
    classify,
};

/// The fields that go with every request.
pub(crate) fn additions(
    preferences: Option<ProviderPreferences>,
    fallback_models: Vec<ModelId>,
) -> Result<Extras> {
    let mut fields = Extras::new();
    if let Some(preferences) = preferences {
        let preferences = serde_json::to_value(preferences).map_err(|error| {
            Error::new(ErrorKind::InvalidRequest, "the provider preferences are no JSON")
                .with_source(error)
        })?;
        fields.insert("provider".to_owned(), preferences);
    }
    if !fallback_models.is_empty() {
        let models = fallback_models.into_iter().map(|model| json!(model)).collect();
        fields.insert("models".to_owned(), Value::Array(models));
    }
    Ok(fields)
}
