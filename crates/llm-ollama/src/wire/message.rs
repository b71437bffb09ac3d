//! A line of an answer, and what the model says in it.

use std::time::Duration;

use llm_core::{Image, Usage};
use llm_http::{Word, count};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line; the last one has the figures.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) model: Word<'a>,
    #[serde(borrow)]
    pub(super) message: Option<Said<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    done: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) done_reason: Word<'a>,
    #[serde(borrow)]
    load_duration: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_eval_count: Option<&'a RawValue>,
    #[serde(borrow)]
    eval_count: Option<&'a RawValue>,
}

impl Line<'_> {
    /// Whether it is the last one.
    pub(super) fn is_done(&self) -> bool {
        self.done.is_some_and(|done| done.get() == "true")
    }

    /// How long the model took to come into memory, which the wire counts in nanoseconds.
    pub(super) fn load_time(&self) -> Option<Duration> {
        let nanoseconds = self.load_duration?.get().parse().ok();
        nanoseconds.map(Duration::from_nanos).filter(|time| !time.is_zero())
    }

    /// The tokens, where the server counted any: a count that is missing stands for none with
    /// some servers, for a prompt that was in the cache with others.
    pub(super) fn usage(&self) -> Option<Usage> {
        let known = |raw: Option<&RawValue>| raw.and_then(count).filter(|tokens| *tokens > 0);
        let mut usage = Usage::default();
        usage.input_tokens = known(self.prompt_eval_count);
        usage.output_tokens = known(self.eval_count);
        let both = usage.input_tokens.zip(usage.output_tokens);
        usage.total_tokens = both.map(|(input, output)| input.saturating_add(output));
        (usage != Usage::default()).then_some(usage)
    }
}

/// What a model says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Said<'a> {
    #[serde(borrow)]
    pub(super) content: Word<'a>,
    #[serde(borrow)]
    pub(super) thinking: Word<'a>,
    #[serde(borrow)]
    pub(super) images: Option<Vec<Word<'a>>>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<Vec<Call<'a>>>,
}

impl Said<'_> {
    /// Whether anything is said.
    pub(super) fn is_empty(&self) -> bool {
        let nothing = |word: &Word<'_>| word.as_deref().is_none();
        nothing(&self.content)
            && nothing(&self.thinking)
            && self.images.as_ref().is_none_or(Vec::is_empty)
            && self.tool_calls.as_ref().is_none_or(Vec::is_empty)
    }
}

/// A tool call, always whole.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) id: Word<'a>,
    #[serde(borrow)]
    pub(super) function: Option<Function<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Word<'a>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

impl Function<'_> {
    /// The arguments as JSON text. They are an object; a text is one that was written out before.
    pub(super) fn arguments(&self) -> String {
        let Some(raw) = self.arguments.map(RawValue::get).filter(|raw| *raw != "null") else {
            return "{}".to_owned();
        };
        serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned())
    }
}

/// An image of an answer, whose form its first bytes tell.
pub(super) fn image(data: String) -> Image {
    let forms = [
        ("iVBORw", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
    ];
    let form = forms.into_iter().find(|(start, _)| data.starts_with(start));
    Image::base64(form.map_or("application/octet-stream", |(_, form)| form), data)
}
