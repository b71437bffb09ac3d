//! What a simulated model would answer, before anything goes wrong with it.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::{
    behaviour::{AnswerText, JsonMode, ToolMode},
    draw,
    model_script::ModelScript,
    prompt::{Form, Prompt},
    sample_json::sample,
    verdict,
};

/// When everything here was made, in seconds of the epoch: always the same, so that runs repeat.
pub(super) const CREATED: u64 = 1_750_000_000;

/// A model's answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Completion {
    pub(super) id: String,
    pub(super) model: String,
    /// Until the first token.
    pub(super) latency: Duration,
    /// Between tokens.
    pub(super) pace: Duration,
    pub(super) reasoning: Vec<String>,
    pub(super) content: Content,
    pub(super) finish: Option<String>,
    pub(super) usage: Usage,
    /// Whether the request asked for the usage in a stream.
    pub(super) wants_usage: bool,
}

/// What an answer used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usage {
    pub(super) prompt: usize,
    /// With what the reasoning took.
    pub(super) completion: usize,
    pub(super) reasoning: usize,
    pub(super) cost: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// Text, token by token.
    Text(Vec<String>),
    /// Calls of tools.
    Calls(Vec<ToolCall>),
}

/// A call of a tool, its arguments token by token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ToolCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
}

impl Completion {
    /// The answer of the model of `script` to `prompt`.
    pub(super) fn of(script: &ModelScript, prompt: Prompt<'_>, id: &str, random: &mut Rng) -> Self {
        let latency = script.latency.draw(random);
        let mut content = content(script, prompt, random);
        let mut reasoning = vec!["hmm ".to_owned(); script.reasoning_tokens];
        let mut finish = if matches!(content, Content::Calls(_)) { "tool_calls" } else { "stop" };
        if let Some(limit) = prompt.max_tokens()
            && reasoning.len() + content.len() > limit
        {
            reasoning.truncate(limit);
            content.truncate(limit - reasoning.len());
            finish = "length";
        }
        let usage = usage(script, prompt.tokens(), reasoning.len(), content.len());
        if prompt.excludes_reasoning() {
            reasoning.clear();
        }
        Self {
            id: id.to_owned(),
            model: script.id.clone(),
            latency,
            pace: script.pace,
            reasoning,
            content,
            finish: Some(finish.to_owned()),
            usage,
            wants_usage: prompt.wants_usage(),
        }
    }

    /// How long the whole answer takes.
    pub(super) fn duration(&self) -> Duration {
        let tokens = self.reasoning.len() + self.content.len();
        let gaps = u32::try_from(tokens.saturating_sub(1)).unwrap_or(u32::MAX);
        self.latency.saturating_add(self.pace.saturating_mul(gaps))
    }
}

impl Content {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(tokens) => tokens.len(),
            Self::Calls(calls) => calls.iter().map(|call| call.arguments.len()).sum(),
        }
    }

    fn truncate(&mut self, length: usize) {
        match self {
            Self::Text(tokens) => tokens.truncate(length),
            Self::Calls(calls) => {
                let mut left = length;
                for call in calls {
                    call.arguments.truncate(left);
                    left -= call.arguments.len();
                }
            }
        }
    }
}

fn content(script: &ModelScript, prompt: Prompt<'_>, random: &mut Rng) -> Content {
    let tools = match script.tools {
        ToolMode::CallsAll => prompt.tools_to_call(),
        _ => prompt.tools_to_call().get(..1).unwrap_or_default(),
    };
    let calls: Vec<_> = tools.iter().filter_map(|tool| call(script.tools, tool, random)).collect();
    if !calls.is_empty() {
        return Content::Calls(calls);
    }
    let text = verdict::answer(&script.verdict, &prompt.text()).unwrap_or_else(|| {
        in_form(script.json, prompt.form(), text(script, prompt, random), random)
    });
    Content::Text(tokens(&text))
}

fn call(mode: ToolMode, tool: &Value, random: &mut Rng) -> Option<ToolCall> {
    let name = tool.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
    let schema = tool.pointer("/function/parameters").unwrap_or(&Value::Null);
    let arguments = sample(schema, random).to_string();
    let (name, arguments) = match mode {
        ToolMode::Calls | ToolMode::CallsAll => (name, arguments),
        ToolMode::BadArguments => (name, "{\"broken\": ".to_owned()),
        ToolMode::UnknownTool => ("no_such_tool", arguments),
        ToolMode::Ignored | ToolMode::Unsupported => return None,
    };
    let id = format!("call_{:08x}", random.u32(..));
    Some(ToolCall { id, name: name.to_owned(), arguments: tokens(&arguments) })
}

fn text(script: &ModelScript, prompt: Prompt<'_>, random: &mut Rng) -> String {
    let last = prompt.last_text();
    if let Some((_, text)) = script.canned.iter().find(|(words, _)| last.contains(words)) {
        return text.clone();
    }
    match &script.text {
        AnswerText::Fixed(text) => text.clone(),
        AnswerText::Echo => last,
        AnswerText::Generated(count) => draw::words(random, *count),
    }
}

/// `text` in the form asked for, as far as the model cares.
fn in_form(mode: JsonMode, form: Form<'_>, text: String, random: &mut Rng) -> String {
    // A model that was told what to say in JSON says that.
    let told = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
    let value = match (form, told) {
        (Form::Text, _) => return text,
        (_, Some(told)) => told,
        (Form::Object, None) => json!({ "answer": text }),
        (Form::Schema(schema), None) => sample(schema, random),
    };
    match mode {
        JsonMode::Valid => value.to_string(),
        JsonMode::Fenced => format!("```json\n{value}\n```"),
        JsonMode::Ignored => text,
    }
}

/// Text as a model would emit it: a word at a time, long words in parts.
pub(super) fn tokens(text: &str) -> Vec<String> {
    const LONGEST: usize = 12;
    let characters: Vec<char> = text.chars().collect();
    let words = characters.split_inclusive(|character| character.is_whitespace());
    words.flat_map(|word| word.chunks(LONGEST)).map(|token| token.iter().collect()).collect()
}

fn usage(script: &ModelScript, prompt: usize, reasoning: usize, answer: usize) -> Usage {
    let completion = reasoning + answer;
    Usage { prompt, completion, reasoning, cost: cost(script, prompt, completion) }
}

/// What so many tokens cost; unknown when a price is no number or negative.
fn cost(script: &ModelScript, prompt: usize, completion: usize) -> Option<f64> {
    let price = |text: &str| text.parse::<f64>().ok().filter(|price| *price >= 0.0);
    let of = |tokens: usize| u32::try_from(tokens).ok().map(f64::from);
    let prompt = price(&script.facts.prompt_price)? * of(prompt)?;
    Some(prompt + price(&script.facts.completion_price)? * of(completion)?)
}
