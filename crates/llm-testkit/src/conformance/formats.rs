//! The checks of tools and JSON: they work, or the call fails; they are never lost.

use llm_core::{
    ChatRequest, ErrorKind, FinishReason, ModelId, Provider, ResponseFormat, Tool, ToolChoice,
};
use serde_json::{Value, json};

use super::{
    asking::{Way, answer, ensure, error},
    fixture::{Able, Fixture},
};

/// The model's call of a tool arrives, with its arguments.
pub(super) async fn tools(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    calls(provider, fixture, model, tool_request()).await
}

/// A model that must call a tool does, or the call fails clearly.
pub(super) async fn forced_tools(
    provider: &dyn Provider,
    fixture: &Fixture,
    able: &Able,
) -> Result<(), String> {
    let request = tool_request().with_tool_choice(ToolChoice::Required);
    match able {
        Able::Can(model) => calls(provider, fixture, model, request).await,
        Able::Cannot(model) => refused(provider, fixture, model, request).await,
    }
}

async fn calls(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
    request: ChatRequest,
) -> Result<(), String> {
    for way in Way::BOTH {
        let response = answer(provider, model, request.clone(), way, fixture.patience).await?;
        let name = way.name();
        let [call] = &response.message.tool_calls[..] else {
            return Err(format!("{name}: {} tool calls", response.message.tool_calls.len()));
        };
        ensure(call.name == "weather", || format!("{name}: the tool called is {:?}", call.name))?;
        ensure(!call.id.is_empty(), || format!("{name}: the tool call has no id"))?;
        let arguments: Result<Value, _> = serde_json::from_str(&call.arguments);
        ensure(
            arguments.is_ok_and(|value| value.get("city").is_some_and(Value::is_string)),
            || format!("{name}: the tool's arguments are {:?}", call.arguments),
        )?;
        let finish = response.finish_reason;
        ensure(finish == Some(FinishReason::ToolCalls), || {
            format!("{name}: the finish reason is {finish:?}")
        })?;
    }
    Ok(())
}

/// A call with tools for a model without fails.
pub(super) async fn no_tools(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let request = tool_request();
        let refused = error(provider, model, request, way, fixture.patience).await;
        refused.map_err(|_| format!("{}: the tools were lost without an error", way.name()))?;
    }
    Ok(())
}

/// An answer in JSON arrives as JSON.
pub(super) async fn json(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let response = answer(provider, model, json_request(), way, fixture.patience).await?;
        let text = response.text();
        let value: Result<Value, _> = serde_json::from_str(&text);
        ensure(value.is_ok_and(|value| value.get("city").is_some_and(Value::is_string)), || {
            format!("{}: the answer does not follow the schema: {text:?}", way.name())
        })?;
    }
    Ok(())
}

/// A wish that cannot be fulfilled is refused, and the error says so.
async fn refused(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
    request: ChatRequest,
) -> Result<(), String> {
    for way in Way::BOTH {
        let name = way.name();
        let error = error(provider, model, request.clone(), way, fixture.patience).await;
        let (error, _) =
            error.map_err(|_| format!("{name}: the wish was lost without an error"))?;
        let clear = [ErrorKind::UnsupportedParam, ErrorKind::InvalidRequest];
        ensure(clear.contains(&error.kind()), || {
            format!("{name}: it is refused as {}", error.kind())
        })?;
    }
    Ok(())
}

/// An answer arrives as a JSON object, of whatever fields, or the call fails clearly.
pub(super) async fn json_object(
    provider: &dyn Provider,
    fixture: &Fixture,
    able: &Able,
) -> Result<(), String> {
    let request =
        ChatRequest::from("Name a city, in JSON.").with_response_format(ResponseFormat::JsonObject);
    let model = match able {
        Able::Can(model) => model,
        Able::Cannot(model) => return refused(provider, fixture, model, request).await,
    };
    for way in Way::BOTH {
        let request = request.clone();
        let text = answer(provider, model, request, way, fixture.patience).await?.text();
        let value: Result<Value, _> = serde_json::from_str(&text);
        ensure(value.is_ok_and(|value| value.is_object()), || {
            format!("{}: the answer is no JSON object: {text:?}", way.name())
        })?;
    }
    Ok(())
}

/// A call for JSON from a model that cannot be held to it fails.
pub(super) async fn no_json(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let request = json_request();
        let refused = error(provider, model, request, way, fixture.patience).await;
        let lost = |_| format!("{}: the wish for JSON was lost without an error", way.name());
        refused.map_err(lost)?;
    }
    Ok(())
}

fn tool_request() -> ChatRequest {
    ChatRequest::from("What is the weather in Oslo?")
        .with_tools([Tool::new("weather", schema()).with_description("Tells the weather.")])
}

fn json_request() -> ChatRequest {
    ChatRequest::from("Name a city.").with_response_format(ResponseFormat::JsonSchema {
        name: "city".to_owned(),
        schema: schema().into(),
        strict: true,
    })
}

fn schema() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["city"],
        "properties": {"city": {"type": "string"}},
    })
}
