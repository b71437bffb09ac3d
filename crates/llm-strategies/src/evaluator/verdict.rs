//! Reads a verdict from a judge's words; guesses nothing.

use llm_core::Preference;

/// The preference a judge stated between answer A (the first) and answer B (the second).
///
/// A verdict is the last marker of the family `[[A>>B]]`, `[[A>B]]`, `[[A=B]]`, `[[B>A]]`,
/// `[[B>>A]]`; without one, a last line that holds nothing but such a comparison; or an answer
/// that is nothing but one letter or `Output (a)`. Everything else is prose, and `None`: a sentence
/// that praises A may go on to prefer B.
///
/// ```
/// use llm_core::Preference;
/// use llm_strategies::parse_verdict;
///
/// assert_eq!(parse_verdict("B is wrong.\n[[A>>B]]"), Some(Preference::FirstMuchBetter));
/// assert_eq!(parse_verdict("Answer A is better."), None);
/// ```
pub fn parse_verdict(words: &str) -> Option<Preference> {
    last_marker(words).or_else(|| last_line(words)).or_else(|| whole_answer(words))
}

fn last_marker(words: &str) -> Option<Preference> {
    // Every marker is searched only up to the next one: words of nothing but brackets would take
    // the square of their length otherwise.
    let mut end = words.len();
    words.rmatch_indices("[[").find_map(|(start, brackets)| {
        let marked = words.get(start + brackets.len()..end)?;
        end = start;
        let (inside, _) = marked.split_once("]]")?;
        comparison(inside).or_else(|| letter(bare(inside)))
    })
}

fn last_line(words: &str) -> Option<Preference> {
    comparison(bare(words.lines().rfind(|line| !line.trim().is_empty())?))
}

fn whole_answer(words: &str) -> Option<Preference> {
    let words = bare(words);
    let named = words.get(..6).filter(|start| start.eq_ignore_ascii_case("output"));
    letter(named.and_then(|start| words.get(start.len()..)).map_or(words, bare))
}

/// `A>B` and its relatives, blanks and case aside.
fn comparison(text: &str) -> Option<Preference> {
    let mut letters = [None; 5];
    let mut places = letters.iter_mut();
    for character in text.chars().filter(|character| !is_dressing(*character)) {
        *places.next()? = Some(character.to_ascii_uppercase());
    }
    match letters {
        [Some('A'), Some('>'), Some('>'), Some('B'), None]
        | [Some('B'), Some('<'), Some('<'), Some('A'), None] => Some(Preference::FirstMuchBetter),
        [Some('A'), Some('>'), Some('B'), None, None]
        | [Some('B'), Some('<'), Some('A'), None, None] => Some(Preference::FirstBetter),
        [Some('A'), Some('='), Some('B'), None, None]
        | [Some('B'), Some('='), Some('A'), None, None] => Some(Preference::Tie),
        [Some('B'), Some('>'), Some('A'), None, None]
        | [Some('A'), Some('<'), Some('B'), None, None] => Some(Preference::SecondBetter),
        [Some('B'), Some('>'), Some('>'), Some('A'), None]
        | [Some('A'), Some('<'), Some('<'), Some('B'), None] => Some(Preference::SecondMuchBetter),
        _ => None,
    }
}

fn letter(text: &str) -> Option<Preference> {
    match text {
        "A" | "a" => Some(Preference::FirstBetter),
        "B" | "b" => Some(Preference::SecondBetter),
        _ => None,
    }
}

fn bare(text: &str) -> &str {
    text.trim_matches(is_dressing)
}

/// What may surround a verdict without changing it.
fn is_dressing(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '*' | '`' | '_' | '[' | ']' | '(' | ')' | '.' | '"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(words: &str, expected: Option<i8>) {
        assert_eq!(parse_verdict(words).map(Preference::grade), expected, "{words:?}");
    }

    #[test]
    fn markers_of_the_family() {
        check("[[A>>B]]", Some(2));
        check("[[A>B]]", Some(1));
        check("[[A=B]]", Some(0));
        check("[[B>A]]", Some(-1));
        check("[[B>>A]]", Some(-2));
        check("my final verdict is: **[[ a > b ]]**.", Some(1));
        check("[[A<<B]]", Some(-2));
        check("[[[B>A]]]", Some(-1));
        check("[[A]]", Some(1));
        check("[[b]]", Some(-1));
    }

    #[test]
    fn the_last_marker_counts() {
        check("first I thought [[A>B]], but it is [[B>>A]]", Some(-2));
        check("[[A>B]] see also [[1]] and [[C>D]]", Some(1));
        check("[[A>B]] [[", Some(1));
    }

    #[test]
    fn bare_forms_stand_alone() {
        check("A>B", Some(1));
        check("Both are fine.\n\nB >> A\n", Some(-2));
        check("A > B because it is right", None);
        check("if A>B then\nwe are done", None);
        check("A", Some(1));
        check("(b).", Some(-1));
        check("Output (a)", Some(1));
        check("output (B)", Some(-1));
    }

    #[test]
    fn lookalikes_and_broken_markers_are_no_verdict() {
        check("[[\u{410}>\u{412}]]", None);
        check("\u{ff3b}\u{ff3b}A>B\u{ff3d}\u{ff3d}", None);
        check("[[\u{ff21}>\u{ff22}]]", None);
        check("[[A\u{200b}>B]]", None);
        check("[[A&gt;B]]", None);
        check("[[A>B, or", None);
        check("[[A>B] it is", None);
        check("[A>B] is what I would say", None);
        check("so [[A [[ >B]] then", None);
        check("[[A>B or B>A]]", None);
        check("[[A]] or [[B]]? [[I cannot tell]]", Some(-1));
    }

    #[test]
    fn a_text_made_of_brackets_is_read_in_one_pass() {
        let brackets = "[[".repeat(2_000_000);
        check(&brackets, None);
        check(&format!("{brackets} A>B ]]"), Some(1));
        check(&format!("[[B>A]]{}", "[[ ".repeat(1_000_000)), Some(-1));
        check(&"]]".repeat(2_000_000), None);
        check(&"(".repeat(4_000_000), None);
    }

    #[test]
    fn prose_is_no_verdict() {
        check("Therefore, Output (a) is better.", None);
        check("Output (a) is better than Output (b)", None);
        check("A is better than B", None);
        check("C", None);
        check("{\"winner\":\"C\"}", None);
        check("{\"winner\":\"A\"}", None);
        check("", None);
        check("[[]]", None);
        check("[[A>>>B]]", None);
        check("tie", None);
    }

    proptest! {
        #[test]
        fn any_words_are_read_without_panic(words in any::<String>()) {
            let _verdict = parse_verdict(&words);
        }

        #[test]
        fn a_marker_is_found_behind_any_words(words in any::<String>()) {
            let told = format!("{words}\n[[B>A]]");
            prop_assert_eq!(parse_verdict(&told), Some(Preference::SecondBetter));
        }

        #[test]
        fn letters_of_a_sentence_decide_nothing(words in "[AB] [a-z]{2,9}[a-z ]{0,30}[.]?") {
            prop_assert_eq!(parse_verdict(&words), None);
        }
    }
}
