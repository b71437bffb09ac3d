//! The whole replay.

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use super::{
    record::{Judge, read_decisions, read_texts},
    report::Report,
    tally::{both_orders, one_order, second_opinion},
    targets::{OTHER_FAMILY, PROMPT, SET, STRONG, targets},
    texts::parse_all,
    trial::{DRAWS, PAIRS, trusted_share},
};

/// The file of recorded verdicts.
pub const DECISIONS: &str = "judge_decisions.csv";
/// The file of what judges wrote.
pub const TEXTS: &str = "judge_verdict_texts.jsonl";

/// Replays the verdicts that lie in `folder`.
///
/// # Errors
///
/// A file is missing, or not what it is taken for.
pub fn replay(folder: &Path) -> io::Result<Report> {
    let judges = read_decisions(BufReader::new(File::open(folder.join(DECISIONS))?))?;
    let texts = read_texts(BufReader::new(File::open(folder.join(TEXTS))?))?;

    let find = |judge: &str| {
        let (set, judge, style) = (SET.to_owned(), judge.to_owned(), PROMPT.to_owned());
        judges.get_key_value(&Judge { set, judge, style })
    };
    let (in_both, in_one): (Vec<_>, Vec<_>) =
        judges.iter().partition(|(_, recorded)| recorded.has_both_orders);
    let mut report = Report {
        targets: Vec::new(),
        texts: parse_all(&texts),
        n_gold_pairs: PAIRS,
        n_draws: DRAWS,
        second_opinion: find(STRONG)
            .zip(find(OTHER_FAMILY))
            .map(|(first, second)| second_opinion(first, second)),
        both_orders: in_both
            .into_iter()
            .map(|(judge, recorded)| both_orders(judge, recorded, trusted_share(&recorded.pairs)))
            .collect(),
        one_order: in_one.into_iter().map(|(judge, recorded)| one_order(judge, recorded)).collect(),
    };
    report.targets = targets(&report);
    Ok(report)
}
