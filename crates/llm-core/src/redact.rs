//! Takes addresses, keys and control characters out of text that strangers wrote.

use std::net::{IpAddr, SocketAddr};

/// The most characters kept.
const LIMIT: usize = 200;

/// The most characters of an id.
const ID_LIMIT: usize = 128;

/// From here on a word that is announced as a secret is taken for one.
const SECRET_LENGTH: usize = 8;

/// What the name of a secret ends with.
const SECRET_NAMES: [&str; 5] = ["key", "token", "secret", "password", "authorization"];

/// How the keys of providers begin.
const KEY_PREFIXES: [&str; 7] = ["sk-", "sk_", "pk-", "AIza", "gsk_", "xai-", "hf_"];

/// Beginnings of keys that no word holds, wherever they stand.
const TELLING_PREFIXES: [&str; 3] = ["sk-or-v1-", "sk-ant-api", "sk-proj-"];

const REDACTED: &str = "[redacted]";
const ADDRESS: &str = "[address]";

/// Makes a provider's message fit to be shown: one line of at most 200 characters, with control
/// characters, addresses and whatever looks like a key replaced.
///
/// ```
/// let shown = llm_core::redact("bad key sk-or-v1-0123456789abcdef\nsee https://example.com/x?k=1");
/// assert_eq!(shown, "bad key [redacted] see [address]");
/// ```
pub fn redact(text: &str) -> String {
    let mut shown = String::new();
    let mut n_letters = 0;
    let mut context = Context::default();
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        // Removed, not replaced: a key must not hide behind a mark nobody sees.
        let word: String = word.chars().filter(|letter| !is_invisible(*letter)).collect();
        if word.is_empty() {
            continue;
        }
        let word = context.judge(&word).unwrap_or(&word);
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(word);
        n_letters += word.chars().count() + 1;
        if n_letters > LIMIT + 1 {
            return shorten(&shown);
        }
    }
    shown
}

/// A provider's id of something: kept when it has the form of one, else made fit to be shown.
pub(crate) fn redact_id(text: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
    let is_id = text.len() <= ID_LIMIT && text.chars().all(fits);
    if is_id && !has_key_prefix(text) && !holds_address(text) {
        text.to_owned()
    } else {
        redact(text)
    }
}

/// Whether the character steers a terminal, reorders text or hides in it.
pub(crate) fn is_unprintable(letter: char) -> bool {
    letter.is_control() || is_invisible(letter) || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// What the words so far say about the next one.
#[derive(Debug, Default)]
struct Context {
    /// The next word is a secret.
    announced: bool,
    /// The last word spoke of a key.
    spoke_of_key: bool,
}

impl Context {
    /// What is shown instead of the word, if it must not be shown.
    fn judge(&mut self, word: &str) -> Option<&'static str> {
        let lower = word.to_ascii_lowercase();
        let is_scheme = matches!(&*lower, "bearer" | "basic");
        let is_secret = looks_like_key(word)
            || holds_assigned_secret(&lower)
            || (self.announced && !is_scheme && word.len() >= SECRET_LENGTH);
        let is_given = self.spoke_of_key && lower == "provided:";
        self.announced = lower.ends_with("bearer")
            || (self.announced && is_scheme)
            || is_given
            || announces(&lower);
        self.spoke_of_key = is_secret_name(&lower);
        if word.contains("://") || holds_address(word) {
            Some(ADDRESS)
        } else if is_secret {
            Some(REDACTED)
        } else {
            None
        }
    }
}

/// `x-api-key:`, `"token":`, `password=`.
fn announces(lower: &str) -> bool {
    lower.strip_suffix([':', '=']).is_some_and(is_secret_name)
}

/// `api_key=value`, `{"api_key":"value"}`.
fn holds_assigned_secret(lower: &str) -> bool {
    lower.match_indices([':', '=']).any(|(at, mark)| {
        let (name, value) = (lower.get(..at), lower.get(at + mark.len()..));
        name.is_some_and(is_secret_name) && value.is_some_and(|value| value.len() >= SECRET_LENGTH)
    })
}

fn is_secret_name(text: &str) -> bool {
    let name = text.trim_end_matches(['"', '\'', '`']);
    SECRET_NAMES.iter().any(|end| name.ends_with(end))
}

/// A known prefix of provider keys, or a long run of letters and digits mixed as words never are.
fn looks_like_key(word: &str) -> bool {
    let inner = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let digits = inner.bytes().filter(u8::is_ascii_digit).count();
    let keyish = inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+=".contains(&byte));
    has_key_prefix(inner) || (inner.len() >= 32 && keyish && digits >= 6)
}

/// At the beginning of a word or of a part of it: `risk-based` holds no key.
fn has_key_prefix(word: &str) -> bool {
    let begins = |at: usize| {
        let before = word.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(char::is_alphanumeric)
    };
    TELLING_PREFIXES.iter().any(|prefix| word.contains(prefix))
        || KEY_PREFIXES.iter().any(|prefix| word.match_indices(prefix).any(|(at, _)| begins(at)))
}

fn holds_address(word: &str) -> bool {
    word.split(|letter: char| "=,;/\"'`()<>{}|@".contains(letter)).any(is_address)
}

/// `10.0.0.7`, `[::1]:11434`, `llm.example:8080`.
fn is_address(text: &str) -> bool {
    let text = text.trim_end_matches(['.', ':', '!', '?']);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    has_digit
        && (text.parse::<IpAddr>().is_ok()
            || text.parse::<SocketAddr>().is_ok()
            || text.rsplit_once(':').is_some_and(|(host, port)| is_host(host) && is_port(port)))
}

fn is_host(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-.".contains(letter);
    text.eq_ignore_ascii_case("localhost") || (text.contains('.') && text.chars().all(fits))
}

fn is_port(text: &str) -> bool {
    (2..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LIMIT) {
        Some(_) => text.chars().take(LIMIT - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}
