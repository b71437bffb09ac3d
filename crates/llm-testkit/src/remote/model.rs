//! A model's script, as a command writes it.

use std::time::Duration;

use serde::Deserialize;

use super::reply::ScriptedReply;
use crate::simulator::{AnswerText, JsonMode, Latency, ModelScript, ToolMode, Verdict};

/// A model's script, read and checked.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Fields")]
pub(super) struct Model {
    pub(super) script: ModelScript,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    id: String,
    answer: Option<String>,
    #[serde(default)]
    echo: bool,
    words: Option<usize>,
    #[serde(default)]
    answer_to: Vec<(String, String)>,
    #[serde(default)]
    latency_ms: u64,
    #[serde(default)]
    pace_ms: u64,
    #[serde(default)]
    reasoning_tokens: usize,
    #[serde(default)]
    json: JsonMode,
    #[serde(default)]
    tools: ToolMode,
    #[serde(default)]
    verdict: Verdict,
    #[serde(default)]
    replies: Vec<ScriptedReply>,
    reply: Option<ScriptedReply>,
    name: Option<String>,
    context: Option<u64>,
    max_output: Option<u64>,
    price: Option<Price>,
    supported_parameters: Option<Vec<String>>,
    input_modalities: Option<Vec<String>>,
}

/// US dollars for one token, as text: the catalogue passes on whatever it is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    prompt: String,
    completion: String,
}

impl TryFrom<Fields> for Model {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        if fields.id.is_empty() {
            return Err("`id` is empty");
        }
        let text = text(&fields)?;
        let mut script = ModelScript::new(fields.id)
            .with_latency(Latency::Fixed(Duration::from_millis(fields.latency_ms)))
            .with_pace(Duration::from_millis(fields.pace_ms))
            .with_json(fields.json)
            .with_verdict(fields.verdict)
            .with_replies(fields.replies.into_iter().map(|scripted| scripted.reply));
        if let Some(text) = text {
            script = script.with_text(text);
        }
        for (words, text) in fields.answer_to {
            script = script.with_answer_to(words, text);
        }
        if let Some(scripted) = fields.reply {
            script = script.with_reply(scripted.reply);
        }
        if let Some(name) = fields.name {
            script = script.with_name(name);
        }
        if fields.context.is_some() || fields.max_output.is_some() {
            script = script.with_window(fields.context, fields.max_output);
        }
        if let Some(price) = fields.price {
            script = script.with_price(price.prompt, price.completion);
        }
        if let Some(names) = fields.supported_parameters {
            script = script.with_supported_parameters(names);
        }
        if let Some(names) = fields.input_modalities {
            script = script.with_input_modalities(names);
        }
        // These two change what the catalogue says is supported, so they come after it is set.
        if fields.reasoning_tokens > 0 {
            script = script.with_reasoning_tokens(fields.reasoning_tokens);
        }
        Ok(Self { script: script.with_tools(fields.tools) })
    }
}

fn text(fields: &Fields) -> Result<Option<AnswerText>, &'static str> {
    match (&fields.answer, fields.echo, fields.words) {
        (None, false, None) => Ok(None),
        (Some(text), false, None) => Ok(Some(AnswerText::Fixed(text.clone()))),
        (None, true, None) => Ok(Some(AnswerText::Echo)),
        (None, false, Some(count)) => Ok(Some(AnswerText::Generated(count))),
        _ => Err("`answer`, `echo` and `words` exclude each other"),
    }
}
