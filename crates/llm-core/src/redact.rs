//! Takes addresses, keys and control characters out of text that strangers wrote.

/// The most characters kept.
const LIMIT: usize = 200;

/// Words that are followed by a secret.
const HERALDS: [&str; 4] = ["bearer", "key:", "key=", "token:"];

/// Makes a provider's message fit to be shown: one line of at most 200 characters, with control
/// characters, addresses and whatever looks like a key replaced.
///
/// ```
/// let shown = llm_core::redact("bad key sk-or-v1-0123456789abcdef\nsee https://example.com/x?k=1");
/// assert_eq!(shown, "bad key [redacted] see [address]");
/// ```
pub fn redact(text: &str) -> String {
    let mut words = Vec::new();
    let mut announced = false;
    for word in text.split(|letter: char| letter.is_whitespace() || is_unprintable(letter)) {
        if word.is_empty() {
            continue;
        }
        words.push(if word.contains("://") {
            "[address]"
        } else if looks_like_key(word) || (announced && word.len() >= 8) {
            "[redacted]"
        } else {
            word
        });
        let lower = word.to_ascii_lowercase();
        announced = HERALDS.iter().any(|herald| lower.ends_with(herald));
    }
    shorten(&words.join(" "))
}

/// Control characters, and the marks that reorder text or hide in it.
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A known prefix of provider keys, or a long run of letters and digits mixed as words never are.
fn looks_like_key(word: &str) -> bool {
    let inner = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    let prefixed = ["sk-", "sk_", "pk-", "AIza", "gsk_", "xai-", "hf_"];
    let known = prefixed.iter().any(|prefix| inner.contains(prefix));
    let digits = inner.bytes().filter(u8::is_ascii_digit).count();
    let keyish =
        inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/=".contains(&byte));
    known || (inner.len() >= 32 && keyish && digits >= 6 && !inner.contains('/'))
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
