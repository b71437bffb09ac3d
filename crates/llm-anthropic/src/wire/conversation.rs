//! The conversation as blocks, straight from the caller's own messages.

use std::borrow::Cow;

use llm_core::{AssistantMessage, Image, ImageSource, Message, Part, Result, ToolCall};
use serde::Serialize;
use serde_json::{Value, value::RawValue};

use super::{
    block::THINKING_BLOCKS,
    request::{unsupported, wrong},
};

/// The conversation, its instructions apart.
#[derive(Default)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<BlockView<'a>>,
    pub(super) turns: Vec<Turn<'a>>,
    /// The ids of the calls so far, as they came and as they are sent.
    ids: Vec<(&'a str, Cow<'a, str>)>,
}

/// What one side says before the other does.
#[derive(Serialize)]
pub(super) struct Turn<'a> {
    role: &'static str,
    content: Vec<BlockView<'a>>,
    /// How many blocks are results of tools: they come first.
    #[serde(skip)]
    n_results: usize,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum BlockView<'a> {
    Text {
        text: &'a str,
    },
    Image {
        source: SourceView<'a>,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: &'a RawValue,
    },
    ToolResult {
        tool_use_id: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<BlockView<'a>>,
    },
    #[serde(untagged)]
    Other(&'a Value),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum SourceView<'a> {
    Url { url: &'a str },
    Base64 { media_type: &'a str, data: &'a str },
}

impl<'a> Conversation<'a> {
    /// Arranges the messages. Those that say nothing are left out: the API refuses them.
    pub(super) fn of(messages: &'a [Message]) -> Result<Self> {
        let mut conversation = Self::default();
        messages.iter().try_for_each(|message| conversation.add(message))?;
        Ok(conversation)
    }

    fn add(&mut self, message: &'a Message) -> Result<()> {
        match message {
            Message::System { content } => {
                if content.iter().any(|part| matches!(part, Part::Image(_))) {
                    return Err(unsupported("instructions may hold no image at this provider"));
                }
                let blocks = blocks(content)?;
                if self.turns.is_empty() {
                    self.system.extend(blocks);
                } else {
                    self.turn("system", blocks);
                }
            }
            Message::User { content, name } => {
                if name.is_some() {
                    return Err(unsupported("this provider knows no `name` of a participant"));
                }
                for block in blocks(content)? {
                    self.ask(block);
                }
            }
            Message::Tool { tool_call_id, content } => {
                let content = blocks(content)?;
                let tool_use_id = self.id_of(tool_call_id);
                self.ask(BlockView::ToolResult { tool_use_id, content });
            }
            Message::Assistant(message) => {
                let mut said = said(message)?;
                for call in &message.tool_calls {
                    let (name, input) = (&*call.name, input(call)?);
                    said.push(BlockView::ToolUse { id: self.new_id(&call.id), name, input });
                }
                self.turn("assistant", said);
            }
            _ => return Err(unsupported("a message has a role this provider does not know")),
        }
        Ok(())
    }

    /// The id of a call. It must be the only one of its name here, while servers that count begin
    /// anew with each answer.
    fn new_id(&mut self, id: &'a str) -> Cow<'a, str> {
        let plain = plain_id(id);
        let mut sent = plain.clone();
        let mut number = self.ids.iter().filter(|(came, _)| *came == id).count();
        while self.ids.iter().any(|(_, taken)| *taken == sent) {
            number = number.max(1) + 1;
            sent = Cow::Owned(format!("{plain}_{number}"));
        }
        self.ids.push((id, sent.clone()));
        sent
    }

    /// The id of the last call that came with this one.
    fn id_of(&self, id: &'a str) -> Cow<'a, str> {
        let call = self.ids.iter().rev().find(|(came, _)| *came == id);
        call.map_or_else(|| plain_id(id), |(_, sent)| sent.clone())
    }

    fn turn(&mut self, role: &'static str, content: Vec<BlockView<'a>>) {
        if !content.is_empty() {
            self.turns.push(Turn { role, content, n_results: 0 });
        }
    }

    /// Adds to the user's turn. The results of all tools must stand in one, before its text.
    fn ask(&mut self, block: BlockView<'a>) {
        if self.turns.last().is_none_or(|turn| turn.role != "user") {
            self.turns.push(Turn { role: "user", content: Vec::new(), n_results: 0 });
        }
        if let Some(turn) = self.turns.last_mut() {
            if block.is_result() {
                turn.content.insert(turn.n_results, block);
                turn.n_results += 1;
            } else {
                turn.content.push(block);
            }
        }
    }
}

impl BlockView<'_> {
    fn is_result(&self) -> bool {
        match self {
            Self::ToolResult { .. } => true,
            Self::Other(value) => value.get("type").is_some_and(|kind| kind == "tool_result"),
            _ => false,
        }
    }
}

/// The id in the letters that are taken here.
fn plain_id(id: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if id.is_empty() {
        Cow::Borrowed("call")
    } else if id.chars().all(is_plain) {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(id.replace(|letter| !is_plain(letter), "_"))
    }
}

/// What a model said earlier, without the calls it made: its reasoning first, as it came.
/// Reasoning without Anthropic's signature cannot be sent.
fn said(message: &AssistantMessage) -> Result<Vec<BlockView<'_>>> {
    let AssistantMessage { content, refusal, extras, .. } = message;
    if content.iter().any(|part| matches!(part, Part::Image(_))) {
        return Err(unsupported("this provider takes no image that a model made"));
    }
    let thinking = extras.get(THINKING_BLOCKS).and_then(Value::as_array);
    let mut said: Vec<_> = thinking.into_iter().flatten().map(BlockView::Other).collect();
    said.extend(blocks(content)?);
    said.extend(
        refusal.as_deref().filter(|text| !is_blank(text)).map(|text| BlockView::Text { text }),
    );
    Ok(said)
}

/// The arguments of a call, which must be an object here.
fn input(call: &ToolCall) -> Result<&RawValue> {
    let text = call.arguments.trim();
    let text = if text.is_empty() { "{}" } else { text };
    let input = serde_json::from_str::<&RawValue>(text).ok();
    input.filter(|input| input.get().starts_with('{')).ok_or_else(|| {
        let name = &call.name;
        unsupported(&format!("an earlier call of `{name}` has arguments that are no JSON object"))
    })
}

fn blocks(parts: &[Part]) -> Result<Vec<BlockView<'_>>> {
    let mut blocks = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Text(text) if is_blank(text) => {}
            Part::Text(text) => blocks.push(BlockView::Text { text }),
            Part::Image(image) => blocks.push(BlockView::Image { source: source(image)? }),
            Part::Other(value) if value.is_object() => blocks.push(BlockView::Other(value)),
            _ => return Err(wrong("a message holds a part that is no text, image or JSON object")),
        }
    }
    Ok(blocks)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Where an image is; one inside an address is sent along.
fn source(image: &Image) -> Result<SourceView<'_>> {
    if image.detail.as_deref().is_some_and(|detail| detail != "auto") {
        return Err(unsupported("this provider knows no `detail` of an image"));
    }
    match &image.source {
        ImageSource::Url(url) => {
            let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
            Ok(match inline {
                Some((media_type, data)) => SourceView::Base64 { media_type, data },
                None => SourceView::Url { url },
            })
        }
        ImageSource::Base64 { media_type, data } => Ok(SourceView::Base64 { media_type, data }),
        _ => Err(unsupported("an image has a source this provider does not know")),
    }
}
