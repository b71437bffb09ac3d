//! Widths, padding, wrapping, by what a terminal shows and never by bytes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::TableStyle;
use crate::render::escape::visible;

/// Text of strangers, fit for a terminal in this style.
pub(super) fn shown(text: &str, style: TableStyle) -> String {
    let text = visible(text);
    if !style.ascii {
        return text;
    }
    let mut ascii = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '…' => ascii.push_str("..."),
            letter if letter.is_ascii() => ascii.push(letter),
            letter => ascii.extend(letter.escape_unicode()),
        }
    }
    ascii
}

pub(super) fn width(text: &str) -> usize {
    text.width()
}

pub(super) fn pad_right(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

pub(super) fn pad_left(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// The text, cut to fit with a mark that it was.
pub(super) fn cut(text: &str, to: usize, style: TableStyle) -> String {
    if width(text) <= to {
        return text.to_owned();
    }
    let room = to.saturating_sub(width(style.ellipsis()));
    let mut used = 0;
    let kept = text.chars().take_while(|letter| {
        used += letter.width().unwrap_or_default();
        used <= room
    });
    format!("{}{}", kept.collect::<String>(), style.ellipsis())
}

/// `text` behind `lead`, broken at spaces to fit `to`, further lines under the first word.
pub(super) fn wrap(lead: &str, text: &str, to: usize) -> String {
    if width(lead) + width(text) <= to {
        return format!("{lead}{text}").trim_end().to_owned();
    }
    let indent = " ".repeat(width(lead).min(to / 2));
    let mut lines = vec![lead.to_owned()];
    // Where the lead takes more than half a line, the text begins on a line of its own.
    if width(lead) > to / 2 {
        lines.push(indent.clone());
    }
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let space = usize::from(!is_empty);
        if !is_empty && width(line) + space + width(word) > to {
            lines.push(format!("{indent}{word}"));
        } else {
            line.push_str(" ".repeat(space).as_str());
            line.push_str(word);
        }
        is_empty = false;
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}
