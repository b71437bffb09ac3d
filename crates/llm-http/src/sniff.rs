//! Tells an event stream by its first bytes: servers declare bodies wrongly, or not at all.

/// How the lines of an event stream begin.
const FIELDS: [&[u8]; 5] = [b":", b"data:", b"event:", b"id:", b"retry:"];

/// How pages and JSON begin that is no number.
const OTHERS: &[u8] = b"{[<\"";

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether a body that begins like this is an event stream; `declared` where its beginning cannot
/// tell, `None` where more of it may. That is so only of space and a few bytes after it.
pub(crate) fn sniff(beginning: &[u8], declared: bool) -> Option<bool> {
    let unmarked = beginning.strip_prefix(BYTE_ORDER_MARK);
    let text = unmarked.unwrap_or_else(|| beginning.trim_ascii_start());
    if text.first().is_some_and(|first| OTHERS.contains(first)) {
        return Some(false);
    }
    if FIELDS.iter().any(|field| text.starts_with(field)) {
        return Some(true);
    }
    let may_become = |whole: &[u8]| whole.starts_with(text);
    if FIELDS.iter().copied().any(may_become) || may_become(BYTE_ORDER_MARK) {
        return None;
    }
    Some(declared)
}

/// Whether a body that begins like this begins with a JSON object; `None` where more of it may.
pub(crate) fn begins_object(beginning: &[u8]) -> Option<bool> {
    if BYTE_ORDER_MARK.starts_with(beginning) {
        return None;
    }
    let text = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(beginning);
    text.trim_ascii_start().first().map(|first| *first == b'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_and_else_the_declaration_does() {
        let check = |text: &str, told: Option<bool>| {
            assert_eq!(sniff(text.as_bytes(), true), told, "{text:?}");
            assert_eq!(sniff(text.as_bytes(), false), told, "{text:?}");
        };
        for events in [": hello", "\r\n\ndata:{}", "\u{feff}data: x", "id:1", "event: x", "retry:1"]
        {
            check(events, Some(true));
        }
        for other in ["{", " \n[", "<!doctype html>", "\u{feff}{}", "\"text\""] {
            check(other, Some(false));
        }
        for open in ["", " \n", "d", "dat", "retr", "\u{feff}", "\u{feff}i"] {
            check(open, None);
        }
        assert_eq!(sniff(b"\xef\xbb", true), None);
        for unclear in ["internal error", "error", "null", "data\n", "\u{feff} ", "\u{1f600}"] {
            assert_eq!(sniff(unclear.as_bytes(), true), Some(true), "{unclear}");
            assert_eq!(sniff(unclear.as_bytes(), false), Some(false), "{unclear}");
        }
    }
}
