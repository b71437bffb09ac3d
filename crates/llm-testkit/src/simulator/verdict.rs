//! What a simulated judge says of the two answers in its prompt.

use serde_json::Value;

use super::behaviour::Verdict;

/// The judge's words, if `prompt` asks for a verdict by naming the marks.
pub(super) fn answer(verdict: &Verdict, prompt: &str) -> Option<String> {
    if !prompt.contains("[[A>B]]") {
        return None;
    }
    let (first, second) = answers(prompt).unwrap_or_default();
    let mark = match verdict {
        Verdict::None => return None,
        Verdict::Prose => return Some("The first one is clearly the better answer.".to_owned()),
        Verdict::First => "[[A>B]]",
        Verdict::Second => "[[B>A]]",
        Verdict::Tie => "[[A=B]]",
        Verdict::Longer => mark(first.len() > second.len(), first.len() < second.len()),
        Verdict::Containing(text) => mark(first.contains(text), second.contains(text)),
    };
    Some(format!("Both answers were compared.\n{mark}"))
}

fn mark(first: bool, second: bool) -> &'static str {
    match (first, second) {
        (true, false) => "[[A>B]]",
        (false, true) => "[[B>A]]",
        _ => "[[A=B]]",
    }
}

/// The two answers in a judge's prompt: the fields `answer_a` and `answer_b` of a line of JSON, or
/// what stands under two lines that label them, such as `<response_a>`, `Answer A:`, `## Response 1`.
fn answers(prompt: &str) -> Option<(String, String)> {
    prompt.lines().find_map(answers_in_json).or_else(|| answers_under_labels(prompt))
}

fn answers_in_json(line: &str) -> Option<(String, String)> {
    let value: Value = serde_json::from_str(line.trim()).ok()?;
    let fields = value.as_object()?;
    let of = |signs| fields.iter().find(|(name, _)| is_label(name, signs));
    let text = |(_, value): (&String, &Value)| value.as_str().map(str::to_owned);
    Some((text(of("a1")?)?, text(of("b2")?)?))
}

fn answers_under_labels(prompt: &str) -> Option<(String, String)> {
    let lines: Vec<&str> = prompt.lines().collect();
    // The last label wins: instructions above may speak of the answers too.
    let of = |label: fn(&str) -> bool| lines.iter().rposition(|line| label(line));
    let first = of(|line| is_label(line, "a1"))?;
    let second = of(|line| is_label(line, "b2"))?;
    let section = |from: usize| {
        let text = lines.iter().skip(from + 1);
        text.take_while(|line| !is_label(line, "ab12") && !is_closing(line))
            .copied()
            .collect::<Vec<_>>()
            .join("\n")
    };
    Some((section(first), section(second)))
}

/// Whether a line is nothing but the name of an answer whose letter or digit is one of `signs`.
fn is_label(line: &str, signs: &str) -> bool {
    !is_closing(line) && sign(line).is_some_and(|sign| sign.len() == 1 && signs.contains(&sign))
}

/// Whether a line ends what a label began.
fn is_closing(line: &str) -> bool {
    let line = line.trim();
    let said = sign(line).is_none()
        && sign(&line.to_ascii_lowercase().replacen("end of", "", 1)).is_some();
    line.starts_with("</") || line.starts_with("[/") || said
}

/// What follows the word for an answer in a line that begins with it.
fn sign(line: &str) -> Option<String> {
    let letters = line.chars().filter(char::is_ascii_alphanumeric);
    let name = letters.collect::<String>().to_ascii_lowercase();
    let kinds = ["response", "answer", "assistant", "candidate", "output"];
    kinds.iter().find_map(|kind| name.strip_prefix(kind)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prompt: &str) {
        let prompt = format!("Say [[A>B]] or [[B>A]].\n{prompt}");
        let found = answers(&prompt);
        assert_eq!(found, Some(("short".to_owned(), "a longer\nanswer".to_owned())), "{prompt}");
        let says = |verdict| answer(&verdict, &prompt).unwrap();
        assert!(says(Verdict::Longer).ends_with("[[B>A]]"));
        assert!(says(Verdict::Containing("short".to_owned())).ends_with("[[A>B]]"));
        assert!(says(Verdict::Containing("nowhere".to_owned())).ends_with("[[A=B]]"));
    }

    #[test]
    fn answers_are_found_in_json() {
        check(
            r#"begin 00ff
{"answer_a":"short","answer_b":"a longer\nanswer","request":{"conversation":"user: x"}}
end 00ff"#,
        );
    }

    #[test]
    fn answers_are_found_under_their_labels() {
        check("<response_a>\nshort\n</response_a>\n<response_b>\na longer\nanswer\n</response_b>");
        check("## Answer A:\nshort\n## Answer B:\na longer\nanswer");
        check("Response 1\nshort\nResponse 2\na longer\nanswer\n</responses>\nNow decide.");
        check(
            "[Response A]\nshort\n[End of Response A]\n[Response B]\na longer\nanswer\n[/Response B]",
        );
    }

    #[test]
    fn a_prompt_without_marks_asks_for_no_verdict() {
        assert_eq!(answer(&Verdict::First, "Which is better, A or B?"), None);
        assert_eq!(answer(&Verdict::None, "Say [[A>B]]."), None);
    }

    #[test]
    fn a_prompt_without_answers_is_a_tie_for_whoever_looks_at_them() {
        assert!(answer(&Verdict::Longer, "[[A>B]]").unwrap().ends_with("[[A=B]]"));
        assert!(answer(&Verdict::Second, "[[A>B]]").unwrap().ends_with("[[B>A]]"));
        assert!(!answer(&Verdict::Prose, "[[A>B]]").unwrap().contains("[["));
    }
}
