//! Hides secrets in text that is about to be shown, without moving anything.

use super::source::Span;

/// How the names of settings end whose value is a secret.
const SECRET_NAMES: [&str; 9] = [
    "_key",
    "apikey",
    "authorization",
    "secret",
    "password",
    "access_token",
    "auth_token",
    "api_token",
    "refresh_token",
];
/// How well-known keys of providers begin.
const KEY_PREFIXES: [&str; 6] = ["sk-", "sk_", "AIza", "gsk_", "xai-", "hf_"];
/// Shorter words are no keys.
const KEY_LENGTH: usize = 16;

/// `text` with stars in place of `secrets`, of values written after a name such as `api_key:`, of
/// passwords in addresses, and of words that look like a provider's key. Every byte offset stays
/// the same.
pub(crate) fn mask(text: &str, secrets: &[Span]) -> String {
    hide(text, secrets.to_vec(), is_secret_name)
}

/// The same for a text that is not YAML, so that nobody knows where its secrets are: headers are
/// hidden as a whole.
pub(crate) fn mask_unread(text: &str) -> String {
    hide(text, Vec::new(), |name| name == "headers" || is_secret_name(name))
}

fn hide(text: &str, mut spans: Vec<Span>, is_secret: fn(&str) -> bool) -> String {
    let mut start = 0;
    // The indentation beyond which a line goes on with the secret of an earlier one.
    let mut secret_above: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indentation = indentation(line);
        let is_blank = line.trim().is_empty();
        secret_above = secret_above.filter(|above| is_blank || indentation > *above);
        let mut found: Vec<Span> = passwords(line).chain(keys(line)).collect();
        if secret_above.is_some() {
            found.push(Span { start: 0, length: line.len() });
        } else {
            secret_above = named_values(line, is_secret, &mut found);
        }
        spans.extend(found.into_iter().map(|span| Span { start: span.start + start, ..span }));
        start += line.len();
    }
    let mut masked = text.as_bytes().to_vec();
    for byte in spans.iter().filter_map(|span| span_of(text, *span)).flatten() {
        if let Some(byte) = masked.get_mut(byte).filter(|byte| !byte.is_ascii_whitespace()) {
            *byte = b'*';
        }
    }
    String::from_utf8(masked).unwrap_or_default()
}

/// Whether a setting of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    ["key", "token"].contains(&name.as_str())
        || SECRET_NAMES.iter().any(|secret| name.ends_with(secret))
}

fn span_of(text: &str, span: Span) -> Option<std::ops::Range<usize>> {
    text.get(span.start..span.end()).map(|_| span.start..span.end())
}

/// Adds what follows `name:` up to the end of the value, for names that hold secrets. When the
/// lines below may go on with it: the indentation of the name.
fn named_values(line: &str, is_secret: fn(&str) -> bool, found: &mut Vec<Span>) -> Option<usize> {
    let mut done = 0;
    for (colon, _) in line.match_indices(':') {
        let name = line.get(..colon)?.trim_end_matches(['"', '\'', ' ']);
        let before = name.trim_end_matches(|letter: char| !" {,[:\"'".contains(letter));
        let value = line.get(colon + 1..)?.trim_start();
        let is_variable = || value.trim_start_matches(['"', '\'']).starts_with("${");
        if colon < done || !name.get(before.len()..).is_some_and(is_secret) || is_variable() {
            continue;
        }
        let is_block = before.bytes().all(|byte| b" -\"'".contains(&byte));
        let start = line.len() - value.len();
        let length = length_if_closed(value, is_block);
        found.push(Span { start, length: length.unwrap_or(value.len()) });
        match length {
            Some(length) => done = start + length,
            None => return Some(if is_block { before.len() } else { indentation(line) }),
        }
    }
    None
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The length of a value that ends on its line; `None` if nothing shows that it does.
fn length_if_closed(value: &str, is_block: bool) -> Option<usize> {
    if let Some(quote) = value.chars().next().filter(|first| ['"', '\''].contains(first)) {
        return Some(value.get(1..)?.find(quote)? + 2);
    }
    let is_open = is_block || value.is_empty() || value.starts_with(['>', '|', '{', '[']);
    if is_open { None } else { value.find([',', '}']) }
}

/// The user and password of addresses.
fn passwords(line: &str) -> impl Iterator<Item = Span> {
    line.match_indices("://").filter_map(|(at, scheme_end)| {
        let start = at + scheme_end.len();
        let rest = line.get(start..)?;
        let host = rest.get(..rest.find(['/', ' ', '"', '\'', '\n']).unwrap_or(rest.len()))?;
        host.rfind('@').map(|length| Span { start, length })
    })
}

/// Words that look like a provider's key.
fn keys(line: &str) -> impl Iterator<Item = Span> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let starts = KEY_PREFIXES.iter().flat_map(move |prefix| line.match_indices(prefix));
    starts.filter_map(move |(start, _)| {
        let before = line.get(..start)?.chars().next_back();
        if before.is_some_and(is_part) {
            return None;
        }
        let rest = line.get(start..)?;
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        (length >= KEY_LENGTH).then_some(Span { start, length })
    })
}
