//! Tells the tool calls of a stream apart, also where their indexes do not.

use llm_core::{ErrorKind, Result, ToolCallDelta};

use super::message::ToolFragment;
use crate::guard::exceeded;

/// The most tool calls of one answer.
const CALLS: usize = 1_000;

/// The tool calls seen so far, in the order they began.
#[derive(Debug, Default)]
pub(super) struct ToolCalls {
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    index: Option<u64>,
    id: Option<String>,
}

impl ToolCalls {
    /// Assigns a fragment to its call. The upstream's index decides; but a new id under an old
    /// index begins a new call, and a fragment without an index belongs to the call of its id,
    /// else to the last one.
    pub(super) fn assign(&mut self, fragment: ToolFragment) -> Result<ToolCallDelta> {
        let position = self.position(&fragment).unwrap_or_else(|| {
            self.known.push(Known { index: fragment.index, id: None });
            self.known.len() - 1
        });
        if position >= CALLS {
            let message = format!("the answer holds more than {CALLS} tool calls");
            return Err(exceeded(ErrorKind::ResponseTooLarge, message));
        }
        if let Some(known) = self.known.get_mut(position)
            && known.id.is_none()
        {
            known.id.clone_from(&fragment.id);
        }
        Ok(ToolCallDelta {
            index: u32::try_from(position).unwrap_or(u32::MAX),
            id: fragment.id,
            name: fragment.name,
            arguments: fragment.arguments,
        })
    }

    fn position(&self, fragment: &ToolFragment) -> Option<usize> {
        let fits = |known: &Known| match (&known.id, &fragment.id) {
            (Some(known), Some(id)) => known == id,
            _ => true,
        };
        match (fragment.index, &fragment.id) {
            (Some(index), _) => {
                self.known.iter().rposition(|known| known.index == Some(index) && fits(known))
            }
            (None, Some(id)) => self.known.iter().rposition(|known| known.id.as_ref() == Some(id)),
            (None, None) if fragment.name.is_some() => None,
            (None, None) => self.known.len().checked_sub(1),
        }
    }
}
