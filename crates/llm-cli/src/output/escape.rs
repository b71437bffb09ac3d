//! Makes what a model wrote harmless on a terminal.

use std::{borrow::Cow, fmt::Write};

/// `text` with everything that could drive a terminal or reorder what is shown written out, such
/// as `\u{1b}`. Line feeds and tabs stay.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_unsafe(letter) {
            let _infallible = write!(escaped, "{}", letter.escape_unicode());
        } else {
            escaped.push(letter);
        }
    }
    Cow::Owned(escaped)
}

/// JSON text in which the same letters are written as JSON writes them, such as `\u001b`. They can
/// only stand in its strings; line feeds and tabs stay.
pub(crate) fn escape_json(json: &str) -> String {
    let mut units = [0; 2];
    json.chars().fold(String::with_capacity(json.len()), |mut escaped, letter| {
        if is_unsafe(letter) {
            for unit in letter.encode_utf16(&mut units) {
                let _infallible = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(letter);
        }
        escaped
    })
}

/// `text` with the same letters replaced by as many question marks as they have bytes, so that
/// every place keeps its offset.
pub(crate) fn blank(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut blanked, letter| {
        if is_unsafe(letter) {
            blanked.extend(std::iter::repeat_n('?', letter.len_utf8()));
        } else {
            blanked.push(letter);
        }
        blanked
    })
}

/// Control characters (with ESC and the C1 block all sequences start), and the marks that change
/// the direction of text.
fn is_unsafe(letter: char) -> bool {
    match letter {
        '\n' | '\t' => false,
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        _ => letter.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o02_what_drives_a_terminal_is_written_out() {
        let check = |text: &str, expected: &str| assert_eq!(escape(text), expected);
        check("plain\n\ttext, здравствуй 👩\u{200d}🔬", "plain\n\ttext, здравствуй 👩\u{200d}🔬");
        check("\u{1b}[31mred\u{1b}[0m", r"\u{1b}[31mred\u{1b}[0m");
        check("\u{1b}]52;c;aGk=\u{7}", r"\u{1b}]52;c;aGk=\u{7}");
        check("\u{9b}2J\u{9d}0;title\u{9c}", r"\u{9b}2J\u{9d}0;title\u{9c}");
        check("safe\rgone", r"safe\u{d}gone");
        check("\u{202e}gnp.exe\u{2066}\u{200f}\u{61c}", r"\u{202e}gnp.exe\u{2066}\u{200f}\u{61c}");
        check("a\u{8}b\u{0}\u{7f}", r"a\u{8}b\u{0}\u{7f}");
    }

    #[test]
    fn o02_json_stays_the_same_json() {
        let value = serde_json::json!({ "text": "\u{1b}[2J \u{9b} \u{202e}abc\n\t" });
        let escaped = escape_json(&value.to_string());
        assert_eq!(escaped, r#"{"text":"\u001b[2J \u009b \u202eabc\n\t"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }

    #[test]
    fn blanks_keep_every_offset() {
        let text = "a\u{1b}b\u{9b}c\u{202e}d\n";
        assert_eq!(blank(text), "a?b??c???d\n");
        assert_eq!(blank(text).len(), text.len());
    }
}
