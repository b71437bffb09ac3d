//! The checks of what goes there and back: calls of tools with their results, thoughts, images.

use llm_core::{
    ChatRequest, ChatResponse, FinishReason, Image, Message, ModelId, Part, Provider, Reasoning,
    Tool,
};
use serde_json::{Value, json};

use super::{
    asking::{Way, answer, ensure, error},
    fixture::Fixture,
};

/// The smallest picture there is: one dot.
const DOT: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+M8AAAMBAQDJ/pLvAAAAAElFTkSuQmCC";

/// Two tools are called at once, the results go back, and an answer comes: whole and streamed, and
/// the calls are the same in both.
pub(super) async fn tools(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    let mut seen = Vec::new();
    for way in Way::BOTH {
        let name = way.name();
        let request = ChatRequest::from("What are the weather and the time in Oslo?");
        let first = answer(provider, model, with_tools(request), way, fixture.patience).await?;
        seen.push(calls(&first).map_err(|breach| format!("{name}: {breach}"))?);

        let mut messages = vec![
            Message::user("What are the weather and the time in Oslo?"),
            Message::Assistant(first.message.clone()),
        ];
        let results = first.message.tool_calls.iter();
        messages.extend(results.map(|call| Message::tool_result(&call.id, "It is fine.")));
        let request = with_tools(ChatRequest::new(messages));
        let last = answer(provider, model, request, way, fixture.patience).await?;
        ensure(!last.text().is_empty() && last.message.tool_calls.is_empty(), || {
            format!("{name}: handed the results, the model says {:?}", last.message)
        })?;
        let finish = last.finish_reason;
        ensure(finish == Some(FinishReason::Stop), || {
            format!("{name}: the last finish reason is {finish:?}")
        })?;
    }
    ensure(seen.windows(2).all(|pair| matches!(pair, [first, second] if first == second)), || {
        format!("whole and streamed differ: {seen:?}")
    })
}

fn with_tools(request: ChatRequest) -> ChatRequest {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["city"],
        "properties": {"city": {"type": "string", "enum": ["Oslo"]}},
    });
    let tool = |name: &str, words: &str| Tool::new(name, schema.clone()).with_description(words);
    request.with_tools([tool("weather", "Tells the weather."), tool("clock", "Tells the time.")])
}

/// The name and the arguments of each call.
fn calls(response: &ChatResponse) -> Result<Vec<(String, Value)>, String> {
    let calls = &response.message.tool_calls;
    let [first, second] = &calls[..] else {
        return Err(format!("{} calls of tools and not two", calls.len()));
    };
    ensure(!first.id.is_empty() && !second.id.is_empty() && first.id != second.id, || {
        format!("the calls' ids are {:?} and {:?}", first.id, second.id)
    })?;
    ensure(response.finish_reason == Some(FinishReason::ToolCalls), || {
        format!("the finish reason is {:?}", response.finish_reason)
    })?;
    calls
        .iter()
        .map(|call| {
            let arguments = serde_json::from_str(&call.arguments);
            let arguments = arguments
                .map_err(|_| format!("the arguments of {} are {:?}", call.name, call.arguments))?;
            Ok((call.name.clone(), arguments))
        })
        .collect()
}

/// Thoughts arrive apart from the text, and go back with the next question.
pub(super) async fn reasoning(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let name = way.name();
        let thinking = |request: ChatRequest| request.with_reasoning(Reasoning::effort("low"));
        let request = thinking(ChatRequest::from("Say hello."));
        let first = answer(provider, model, request, way, fixture.patience).await?;
        let thought = first.message.reasoning.clone().unwrap_or_default();
        ensure(!thought.is_empty(), || format!("{name}: there is no reasoning"))?;
        let text = first.text();
        ensure(!text.is_empty() && !text.contains(&thought), || {
            format!("{name}: the text is {text:?}")
        })?;
        let request = thinking(ChatRequest::new([
            Message::user("Say hello."),
            Message::Assistant(first.message),
            Message::user("Again."),
        ]));
        answer(provider, model, request, way, fixture.patience)
            .await
            .map_err(|breach| format!("with its reasoning sent back, {breach}"))?;
    }
    Ok(())
}

/// A model that sees is shown an image.
pub(super) async fn images(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let response = answer(provider, model, picture(), way, fixture.patience).await?;
        let text = response.text();
        ensure(!text.is_empty(), || format!("{}: the answer has no text", way.name()))?;
    }
    Ok(())
}

/// A call with an image for a model that reads only text fails.
pub(super) async fn no_images(
    provider: &dyn Provider,
    fixture: &Fixture,
    model: &ModelId,
) -> Result<(), String> {
    for way in Way::BOTH {
        let refused = error(provider, model, picture(), way, fixture.patience).await;
        refused.map_err(|_| format!("{}: the image was lost without an error", way.name()))?;
    }
    Ok(())
}

fn picture() -> ChatRequest {
    let image = Part::from(Image::base64("image/png", DOT));
    ChatRequest::new([Message::user_parts(vec![Part::from("What is this?"), image])])
}
