//! What judges wrote, through the parser.

use llm_strategies::parse_verdict;

use super::{record::Text, report::Texts};

/// Reads every text with the parser and compares with what was meant.
pub fn parse_all(texts: &[Text]) -> Texts {
    let mut counts = Texts::default();
    for Text { tail, said } in texts {
        let read = parse_verdict(tail);
        let is_wrong = read.is_some() && read != *said;
        counts.n_wrong += u32::from(is_wrong);
        if is_whole_verdict(tail) {
            counts.n_whole += 1;
            counts.n_whole_decided += u32::from(read.is_some());
        } else {
            counts.n_prose += 1;
            counts.n_prose_decided += u32::from(read.is_some());
        }
    }
    counts
}

/// Whether an answer is a verdict and not a word more. The parser has no part in this.
fn is_whole_verdict(tail: &str) -> bool {
    matches!(tail, "Output (a)" | "Output (b)")
}
