//! The recommended roles as YAML, ready to paste.

use std::fmt::Write;

use super::escape::is_unprintable;
use crate::report::Report;

/// Words that YAML parsers read as something else than text.
const RESERVED: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

impl Report {
    /// The recommended `model_roles` as YAML, ready to paste; empty when nothing is recommended.
    pub fn render_model_roles(&self) -> String {
        if self.suggested_roles.is_empty() {
            return String::new();
        }
        let mut yaml = "llm:\n  model_roles:\n".to_owned();
        for role in &self.suggested_roles {
            let _ = writeln!(yaml, "    {}:", role.role);
            for model in &role.models {
                let _ = writeln!(yaml, "      - {}", scalar(model));
            }
        }
        yaml
    }
}

/// The text as YAML reads it back: plain where that is safe beyond doubt, else quoted.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte))
        && !text.ends_with(':')
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str());
    if plain {
        return text.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for letter in text.chars() {
        let code = u32::from(letter);
        match letter {
            '"' | '\\' => {
                let _ = write!(quoted, "\\{letter}");
            }
            // A fence would end the block of Markdown that the YAML stands in.
            _ if (is_unprintable(letter) || letter == '`') && code > 0xffff => {
                let _ = write!(quoted, "\\U{code:08x}");
            }
            _ if is_unprintable(letter) || letter == '`' => {
                let _ = write!(quoted, "\\u{code:04x}");
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
