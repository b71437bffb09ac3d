//! OpenRouter's catalogue of models, and the facts of a key.

use serde_json::{Value, json};

use super::{
    completion::CREATED,
    log::CallOutcome,
    model_script::ModelScript,
    schedule::{Head, Schedule},
    state::State,
};

/// OpenRouter's `GET /models`.
pub(super) fn models(state: &State) -> Schedule {
    let models: Vec<_> = state.models().iter().map(|model| entry(&model.script)).collect();
    respond(&json!({ "data": models }))
}

/// OpenRouter's `GET /key`.
pub(super) fn key() -> Schedule {
    respond(&json!({"data": {
        "label": "sk-or-v1-000...000", "limit": null, "limit_remaining": null,
        "limit_reset": null, "include_byok_in_limit": false, "usage": 0.25,
        "usage_daily": 0.25, "usage_weekly": 0.25, "usage_monthly": 0.25, "byok_usage": 0,
        "is_free_tier": false, "is_management_key": false, "expires_at": null,
        "rate_limit": {"requests": -1, "interval": "10s", "note": "deprecated"},
    }}))
}

fn entry(script: &ModelScript) -> Value {
    let facts = &script.facts;
    let mut entry = json!({
        "id": script.id, "canonical_slug": script.id, "name": facts.name, "created": CREATED,
        "description": "A simulated model.", "context_length": facts.context_length,
        "architecture": {
            "modality": format!("{}->text", facts.input_modalities.join("+")),
            "input_modalities": facts.input_modalities, "output_modalities": ["text"],
            "tokenizer": "Other", "instruct_type": null,
        },
        "pricing": {
            "prompt": facts.prompt_price, "completion": facts.completion_price,
            "request": "0", "image": "0",
        },
        "top_provider": {
            "context_length": facts.context_length,
            "max_completion_tokens": facts.max_completion_tokens, "is_moderated": false,
        },
        "per_request_limits": null, "supported_parameters": facts.supported_parameters,
        "default_parameters": null,
    });
    if let (Some(date), Some(fields)) = (&facts.expiration_date, entry.as_object_mut()) {
        fields.insert("expiration_date".to_owned(), date.clone().into());
    }
    entry
}

/// An answer that is not a model's.
pub(super) fn respond(body: &Value) -> Schedule {
    let head = Head::new(200, Some("application/json"));
    Schedule::whole(head, body.to_string().into_bytes(), CallOutcome::Answered)
}
