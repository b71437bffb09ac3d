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
    pub(super) usage: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// Text, token by token.
    Text(Vec<String>),
    /// A call of a tool, its arguments token by token.
    Call { id: String, name: String, arguments: Vec<String> },
}

impl Completion {
    /// The answer of the model of `script` to `prompt`.
    pub(super) fn of(script: &ModelScript, prompt: Prompt<'_>, id: &str, random: &mut Rng) -> Self {
        let latency = script.latency.draw(random);
        let mut content = content(script, prompt, random);
        let mut reasoning = vec!["hmm ".to_owned(); script.reasoning_tokens];
        let mut finish =
            if matches!(content, Content::Call { .. }) { "tool_calls" } else { "stop" };
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
            Self::Text(tokens) | Self::Call { arguments: tokens, .. } => tokens.len(),
        }
    }

    fn truncate(&mut self, length: usize) {
        match self {
            Self::Text(tokens) | Self::Call { arguments: tokens, .. } => tokens.truncate(length),
        }
    }
}

fn content(script: &ModelScript, prompt: Prompt<'_>, random: &mut Rng) -> Content {
    if let Some(tool) = prompt.tool_to_call()
        && let Some(call) = call(script.tools, tool, random)
    {
        return call;
    }
    let text = verdict::answer(&script.verdict, &prompt.text()).unwrap_or_else(|| {
        in_form(script.json, prompt.form(), text(script, prompt, random), random)
    });
    Content::Text(tokens(&text))
}

fn call(mode: ToolMode, tool: &Value, random: &mut Rng) -> Option<Content> {
    let name = tool.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
    let schema = tool.pointer("/function/parameters").unwrap_or(&Value::Null);
    let arguments = sample(schema, random).to_string();
    let (name, arguments) = match mode {
        ToolMode::Calls => (name, arguments),
        ToolMode::BadArguments => (name, "{\"broken\": ".to_owned()),
        ToolMode::UnknownTool => ("no_such_tool", arguments),
        ToolMode::Ignored | ToolMode::Unsupported => return None,
    };
    let id = format!("call_{:08x}", random.u32(..));
    Some(Content::Call { id, name: name.to_owned(), arguments: tokens(&arguments) })
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

fn usage(script: &ModelScript, prompt: usize, reasoning: usize, answer: usize) -> Value {
    let completion = reasoning + answer;
    let mut usage = json!({
        "prompt_tokens": prompt, "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
        "is_byok": false,
    });
    let cost = cost(script, prompt, completion);
    if let (Some(cost), Some(fields)) = (cost, usage.as_object_mut()) {
        fields.insert("cost".to_owned(), cost.into());
    }
    usage
}

/// What so many tokens cost; unknown when a price is no number or negative.
fn cost(script: &ModelScript, prompt: usize, completion: usize) -> Option<f64> {
    let price = |text: &str| text.parse::<f64>().ok().filter(|price| *price >= 0.0);
    let of = |tokens: usize| u32::try_from(tokens).ok().map(f64::from);
    let prompt = price(&script.facts.prompt_price)? * of(prompt)?;
    Some(prompt + price(&script.facts.completion_price)? * of(completion)?)
}
