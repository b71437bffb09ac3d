//! Verdicts: only explicit marks are read, and both answers are treated alike.

use llm_core::Preference;
use llm_strategies::parse_verdict;

/// Reads `bytes` as a judge's answer.
///
/// # Panics
///
/// When a verdict comes from a text that states none, when the letters' roles are not symmetric,
/// or when a marker at the end is not what counts.
pub fn check(bytes: &[u8]) {
    let words = String::from_utf8_lossy(bytes);
    let verdict = parse_verdict(&words);
    if verdict.is_some() {
        let states = has_marker(&words) || ends_in_comparison(&words) || is_verdict(&words);
        assert!(states, "{verdict:?} from a text that states none");
    }
    assert_eq!(
        parse_verdict(&mirrored(&words)).map(Preference::grade),
        verdict.map(|verdict| -verdict.grade()),
        "the letters swapped"
    );
    let marked = parse_verdict(&format!("{words}\n[[B>>A]]"));
    assert_eq!(marked, Some(Preference::SecondMuchBetter), "a marker behind it");
}

/// A comparison or a letter between double brackets.
fn has_marker(words: &str) -> bool {
    words.match_indices("[[").any(|(start, _)| {
        let inside = words.get(start + 2..).unwrap_or_default();
        inside.match_indices("]]").any(|(end, _)| {
            let inside = signs(inside.get(..end).unwrap_or_default());
            is_comparison(&inside) || is_letter(&inside)
        })
    })
}

fn ends_in_comparison(words: &str) -> bool {
    words.lines().rfind(|line| !line.trim().is_empty()).is_some_and(|line| {
        let line = signs(line);
        is_comparison(&line)
    })
}

/// The whole answer is one letter, or `Output` and one letter.
fn is_verdict(words: &str) -> bool {
    let signs = signs(words);
    is_letter(signs.strip_prefix("OUTPUT").unwrap_or(&signs))
}

/// The text in capitals, without blanks and what may surround a verdict.
fn signs(text: &str) -> String {
    let is_sign = |letter: &char| !letter.is_whitespace() && !"*`_[]().\"".contains(*letter);
    text.chars().filter(is_sign).map(|letter| letter.to_ascii_uppercase()).collect()
}

fn is_comparison(signs: &str) -> bool {
    let ends = |first: char, second: char| {
        let between = signs.strip_prefix(first).and_then(|rest| rest.strip_suffix(second));
        between.is_some_and(|mark| ["=", ">", ">>", "<", "<<"].contains(&mark))
    };
    ends('A', 'B') || ends('B', 'A')
}

fn is_letter(signs: &str) -> bool {
    ["A", "B"].contains(&signs)
}

fn mirrored(words: &str) -> String {
    let mirror = |letter| match letter {
        'A' => 'B',
        'B' => 'A',
        'a' => 'b',
        'b' => 'a',
        other => other,
    };
    words.chars().map(mirror).collect()
}
