//! What strangers write is shown without addresses, keys and marks that hide or reorder text.

use llm_core::redact;
use proptest::prelude::*;

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(redact(text), expect, "of {text:?}");
}

#[test]
fn plain_words_are_left_alone() {
    for text in [
        "The model is overloaded, try again in 12.5 s (code: overloaded_error)",
        "max_tokens must be <= 4096, got 100000",
        "no endpoints found for meta-llama/llama-3.2-1b-instruct",
        "unknown model mistralai/mistral-small-24b-instruct-2501",
        "risk-based task-routing wrote to disk-0, see flask-sk",
        "the basic tier has no token: upgrade",
        "at 12:30 the ratio was 3:1, version 1.2.3",
        "Слишком много запросов 请求过多 😀",
    ] {
        check(text, text);
    }
}

#[test]
fn keys_are_replaced() {
    check("Incorrect API key provided: sk-test-000.", "Incorrect API key provided: [redacted]");
    check("key 'sk-or-v1-0123456789abcdef' is bad", "key [redacted] is bad");
    check(
        "(AIzaSyA-0123456789) gsk_000 hf_000 xai-000",
        "[redacted] [redacted] [redacted] [redacted]",
    );
    check("token=gsk_000", "[redacted]");
    check("0123456789abcdef0123456789abcdef expired", "[redacted] expired");
}

#[test]
fn what_is_announced_as_a_secret_is_replaced() {
    check("Authorization: Bearer opensesame", "Authorization: Bearer [redacted]");
    check("authorization: basic dXNlcjpwYXNz", "authorization: basic [redacted]");
    check("x-api-key: opensesame", "x-api-key: [redacted]");
    check("\"api_key\": \"opensesame\", \"a\": 1", "\"api_key\": [redacted] \"a\": 1");
    check("{\"api_key\":\"opensesame\"}", "[redacted]");
    check("bad api_key=opensesame", "bad [redacted]");
    check("password: opensesame", "password: [redacted]");
    check("Incorrect API key provided: opensesame", "Incorrect API key provided: [redacted]");
}

#[test]
fn addresses_are_replaced() {
    check("see https://example.com/x?key=opensesame", "see [address]");
    check("(wss://user:pass@example.com).", "[address]");
    check("dial tcp 10.0.0.7:8443: connection refused", "dial tcp [address] connection refused");
    check("no route to 10.0.0.7", "no route to [address]");
    check("listen on [::1]:11434", "listen on [address]");
    check("upstream llm.internal.example:8080 failed", "upstream [address] failed");
    check("localhost:11434 refused", "[address] refused");
}

#[test]
fn marks_that_reorder_or_hide_text_are_removed() {
    check("a\r\nb\tc\u{0}d", "a b c d");
    check("\u{1b}[31mred\u{1b}[0m", "[31mred [0m");
    check("a\u{202e}b\u{2066}c\u{200f}d\u{61c}e", "abcde");
    check("zero\u{200b}width\u{feff} and soft\u{ad}hyphen", "zerowidth and softhyphen");
    check("line\u{2028}paragraph\u{2029}end", "line paragraph end");
}

#[test]
fn a_key_does_not_hide_behind_invisible_marks() {
    check("s\u{200b}k-or-v1-0123456789abcdef", "[redacted]");
    check("sk-or-v1-\u{200d}0123456789abcdef", "[redacted]");
}

#[test]
fn nothing_left_is_nothing() {
    for text in ["", " \n\t ", "\u{202e}\u{200b}"] {
        check(text, "");
    }
}

#[test]
fn long_text_is_cut_at_a_character() {
    let shown = redact(&"é".repeat(300));
    assert_eq!(shown.chars().count(), 200);
    assert!(shown.ends_with("é…"));
    check(&"a".repeat(200), &"a".repeat(200));
}

#[test]
fn a_giant_text_is_not_walked_to_its_end_for_200_characters() {
    let words = "word ".repeat(4_000_000);
    assert_eq!(redact(&words).chars().count(), 200);
}

proptest! {
    #[test]
    fn any_text_becomes_one_short_line(text in any::<String>()) {
        let shown = redact(&text);
        prop_assert!(shown.chars().count() <= 200);
        prop_assert!(!shown.chars().any(char::is_control));
        prop_assert_eq!(shown.trim(), &*shown);
    }

    #[test]
    fn a_key_is_replaced_wherever_it_stands(
        before in "[ a-z\"'(\\[{:=,]{0,20}",
        after in "[ \"')\\]},.]{0,20}",
    ) {
        let key = "sk-or-v1-0123456789abcdef";
        for text in [format!("{before} {key}{after}"), format!("{before}\"{key}\"{after}")] {
            let shown = redact(&text);
            prop_assert!(!shown.contains("0123456789"), "{shown:?}");
        }
    }
}
