//! What a simulated model would answer, before anything goes wrong with it.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::{
    behaviour::{AnswerText, JsonMode, ToolMode},
    draw,
    log::CallUsage,
    model_script::ModelScript,
    prompt::{Form, Prompt},
    sample_json::sample,
    verdict,
    words::Words,
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
    pub(super) usage: CallUsage,
    /// Whether the request asked for the usage in a stream.
    pub(super) wants_usage: bool,
}

/// What an answer says, then the tools it calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    /// Token by token.
    pub(super) text: Vec<String>,
    pub(super) calls: Vec<ToolCall>,
}

/// A call of a tool, its arguments token by token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ToolCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
}

impl Completion {
    /// The answer of the model of `script` to `prompt`, in which `words` stand for its own.
    pub(super) fn of(
        script: &ModelScript,
        words: Option<&Words>,
        prompt: Prompt<'_>,
        id: &str,
        random: &mut Rng,
    ) -> Self {
        let latency = script.latency.draw(random);
        let mut content = words
            .and_then(|words| words.content(random))
            .unwrap_or_else(|| content(script, prompt, random));
        let mut reasoning = vec!["hmm ".to_owned(); script.reasoning_tokens];
        let mut finish = if content.calls.is_empty() { "stop" } else { "tool_calls" };
        if let Some(limit) = prompt.max_tokens()
            && reasoning.len() + content.len() > limit
        {
            reasoning.truncate(limit);
            content.truncate(limit - reasoning.len());
            finish = "length";
        }
        let counted = (prompt.tokens(), reasoning.len() + content.len());
        let (read, written) = words.and_then(|words| words.usage).unwrap_or(counted);
        let usage = CallUsage {
            prompt: read,
            completion: written,
            reasoning: reasoning.len().min(written),
            cost: cost(script, read, written),
        };
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

impl ToolCall {
    /// A call whose id is drawn unless it is given.
    pub(super) fn new(id: Option<&str>, name: &str, arguments: &str, random: &mut Rng) -> Self {
        let id = id.map_or_else(|| format!("call_{:08x}", random.u32(..)), str::to_owned);
        Self { id, name: name.to_owned(), arguments: tokens(arguments) }
    }
}

impl Content {
    /// A text and no calls.
    pub(super) fn of_text(tokens: Vec<String>) -> Self {
        Self { text: tokens, calls: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.calls.is_empty()
    }

    /// How many tokens it takes.
    pub(super) fn len(&self) -> usize {
        self.text.len() + self.calls.iter().map(|call| call.arguments.len()).sum::<usize>()
    }

    fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
        let mut left = length - self.text.len();
        for call in &mut self.calls {
            call.arguments.truncate(left);
            left -= call.arguments.len();
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
        return Content { text: Vec::new(), calls };
    }
    let text = verdict::answer(&script.verdict, &prompt.text()).unwrap_or_else(|| {
        in_form(script.json, prompt.form(), text(script, prompt, random), random)
    });
    Content::of_text(tokens(&text))
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
    Some(ToolCall::new(None, name, &arguments, random))
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

/// What so many tokens cost; unknown when a price is no number or negative.
fn cost(script: &ModelScript, prompt: usize, completion: usize) -> Option<f64> {
    let price = |text: &str| text.parse::<f64>().ok().filter(|price| *price >= 0.0);
    let of = |tokens: usize| u32::try_from(tokens).ok().map(f64::from);
    let prompt = price(&script.facts.prompt_price)? * of(prompt)?;
    Some(prompt + price(&script.facts.completion_price)? * of(completion)?)
}
