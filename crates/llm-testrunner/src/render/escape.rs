//! Makes text that strangers wrote harmless where it is shown.

use std::fmt::Write;

/// Whether a character acts on whoever shows it instead of being shown: control characters, marks
/// that reorder or hide text, breaks of lines.
pub(super) fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text with unprintable characters spelled out, as `\u{1b}`.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_unprintable(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// The text as Markdown that shows it, also in a cell of a table.
pub(super) fn markdown(text: &str) -> String {
    let shown = visible(text);
    let letters: Vec<char> = shown.chars().collect();
    let mut escaped = String::with_capacity(shown.len());
    for (index, letter) in letters.iter().enumerate() {
        let beside = |at: Option<usize>| {
            at.and_then(|at| letters.get(at)).is_some_and(|letter| letter.is_alphanumeric())
        };
        let inside_word = beside(index.checked_sub(1)) && beside(Some(index + 1));
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '_' if inside_word => escaped.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                let _ = write!(escaped, "\\{letter}");
            }
            _ => escaped.push(*letter),
        }
    }
    escaped
}

/// The text as Markdown code in a cell of a table.
pub(super) fn code(text: &str) -> String {
    let shown = visible(text).replace('|', "\\|");
    let longest = shown.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    if shown.is_empty() {
        String::new()
    } else if longest > 0 || shown.starts_with(' ') {
        format!("{fence} {shown} {fence}")
    } else {
        format!("{fence}{shown}{fence}")
    }
}

/// Text of this project that marks names as `code`, as Markdown. Whatever a name holds, both its
/// inside and its outside are escaped.
pub(super) fn marked(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return markdown(text);
    }
    let shown = pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| if index.is_multiple_of(2) { markdown(piece) } else { code(piece) });
    shown.collect()
}
