//! How one simulated model behaves, and what the catalogue says of it.

use std::time::Duration;

use super::{
    behaviour::{AnswerText, JsonMode, ToolMode, Verdict},
    latency::Latency,
    reply::Reply,
};

/// One simulated model: what it answers, how fast, what it costs and how it fails.
///
/// Without further words it answers every call at once with a dozen words, calls tools, honours
/// JSON schemas and never fails.
#[derive(Clone, Debug)]
pub struct ModelScript {
    pub(super) id: String,
    pub(super) latency: Latency,
    pub(super) pace: Duration,
    pub(super) text: AnswerText,
    pub(super) canned: Vec<(String, String)>,
    pub(super) reasoning_tokens: usize,
    pub(super) json: JsonMode,
    pub(super) tools: ToolMode,
    pub(super) verdict: Verdict,
    pub(super) replies: Vec<Reply>,
    pub(super) sometimes: Vec<(f64, Reply)>,
    pub(super) otherwise: Reply,
    pub(super) facts: Facts,
}

/// What the catalogue says of a model.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) context_length: Option<u64>,
    pub(super) max_completion_tokens: Option<u64>,
    pub(super) prompt_price: String,
    pub(super) completion_price: String,
    pub(super) supported_parameters: Vec<String>,
    pub(super) input_modalities: Vec<String>,
    pub(super) expiration_date: Option<String>,
}

impl ModelScript {
    /// A model of this id.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        Self {
            latency: Latency::Fixed(Duration::ZERO),
            pace: Duration::ZERO,
            text: AnswerText::Generated(12),
            canned: Vec::new(),
            reasoning_tokens: 0,
            json: JsonMode::default(),
            tools: ToolMode::default(),
            verdict: Verdict::default(),
            replies: Vec::new(),
            sometimes: Vec::new(),
            otherwise: Reply::answer(),
            facts: Facts::of(&id),
            id,
        }
    }

    /// The model's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sets how long the first token takes.
    #[must_use]
    pub fn with_latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// Sets how long each token after the first takes.
    #[must_use]
    pub fn with_pace(mut self, per_token: Duration) -> Self {
        self.pace = per_token;
        self
    }

    /// Sets the text of every answer.
    #[must_use]
    pub fn with_answer(self, text: impl Into<String>) -> Self {
        self.with_text(AnswerText::Fixed(text.into()))
    }

    /// Sets what the text of an answer is.
    #[must_use]
    pub fn with_text(mut self, text: AnswerText) -> Self {
        self.text = text;
        self
    }

    /// Answers a prompt that contains `words` with `text`. The first match wins, before
    /// [`with_text`](Self::with_text).
    #[must_use]
    pub fn with_answer_to(mut self, words: impl Into<String>, text: impl Into<String>) -> Self {
        self.canned.push((words.into(), text.into()));
        self
    }

    /// Thinks for so many tokens before it answers.
    #[must_use]
    pub fn with_reasoning_tokens(mut self, tokens: usize) -> Self {
        self.reasoning_tokens = tokens;
        self.facts.support("reasoning");
        self
    }

    /// Sets what it makes of a request for JSON.
    #[must_use]
    pub fn with_json(mut self, mode: JsonMode) -> Self {
        self.json = mode;
        self
    }

    /// Sets what it makes of tools.
    #[must_use]
    pub fn with_tools(mut self, mode: ToolMode) -> Self {
        self.tools = mode;
        if mode == ToolMode::Unsupported {
            self.facts.supported_parameters.retain(|name| !name.starts_with("tool"));
        }
        self
    }

    /// Sets what it says as a judge.
    #[must_use]
    pub fn with_verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// Replies to the first calls, one each; later calls are answered.
    #[must_use]
    pub fn with_replies(mut self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.replies = replies.into_iter().collect();
        self
    }

    /// Replies like this to every call that nothing else decides.
    #[must_use]
    pub fn with_reply(mut self, reply: Reply) -> Self {
        self.otherwise = reply;
        self
    }

    /// Replies like this with a probability from 0 to 1, drawn by the seed. Several are drawn in
    /// the order given.
    #[must_use]
    pub fn sometimes(mut self, probability: f64, reply: Reply) -> Self {
        self.sometimes.push((probability, reply));
        self
    }

    /// Sets the name people use.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.facts.name = name.into();
        self
    }

    /// Sets the context window and the longest answer, in tokens; `None` is not said.
    #[must_use]
    pub fn with_window(mut self, context: Option<u64>, answer: Option<u64>) -> Self {
        self.facts.context_length = context;
        self.facts.max_completion_tokens = answer;
        self
    }

    /// Sets the prices as the catalogue writes them: US dollars for one token, as text. Answers
    /// report what they cost unless a price is no number or negative.
    #[must_use]
    pub fn with_price(mut self, prompt: impl Into<String>, completion: impl Into<String>) -> Self {
        self.facts.prompt_price = prompt.into();
        self.facts.completion_price = completion.into();
        self
    }

    /// Replaces the request parameters the catalogue says the model knows.
    #[must_use]
    pub fn with_supported_parameters<T: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = T>,
    ) -> Self {
        self.facts.supported_parameters = names.into_iter().map(Into::into).collect();
        self
    }

    /// Replaces what the catalogue says the model reads: `text`, `image` and the like.
    #[must_use]
    pub fn with_input_modalities<T: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = T>,
    ) -> Self {
        self.facts.input_modalities = names.into_iter().map(Into::into).collect();
        self
    }

    /// Says when the model is retired, `YYYY-MM-DD`.
    #[must_use]
    pub fn with_expiration_date(mut self, date: impl Into<String>) -> Self {
        self.facts.expiration_date = Some(date.into());
        self
    }
}

impl Facts {
    fn of(id: &str) -> Self {
        let known = ["max_tokens", "temperature", "top_p", "stop", "seed", "tools", "tool_choice"];
        let json = ["response_format", "structured_outputs"];
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            name: id.rsplit('/').next().unwrap_or(id).to_owned(),
            context_length: Some(131_072),
            max_completion_tokens: Some(16_384),
            prompt_price: "0.0000001".to_owned(),
            completion_price: "0.0000004".to_owned(),
            supported_parameters: names(&[&known[..], &json[..]].concat()),
            input_modalities: names(&["text"]),
            expiration_date: None,
        }
    }

    fn support(&mut self, parameter: &str) {
        if !self.supported_parameters.iter().any(|known| known == parameter) {
            self.supported_parameters.push(parameter.to_owned());
        }
    }
}
