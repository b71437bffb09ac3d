//! "Did you mean": the nearest of many names.

/// Names this alike are worth suggesting; 1 is equal.
const ALIKE: f64 = 0.72;
/// Suggestions given at most.
const MOST: usize = 3;

/// The names most like `name`, the best first, at most three.
///
/// Vendors' prefixes count less than the rest of a model's name: a misspelled vendor still finds
/// its model.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|other| (likeness(&name, &other.to_lowercase()), other))
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|(one, first), (two, second)| two.total_cmp(one).then(first.cmp(second)));
    scored.dedup_by(|(_, one), (_, two)| one == two);
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    // Far behind the best means noise.
    scored.into_iter().filter(|(score, _)| *score > best - 0.1).take(MOST).map(|(_, n)| n).collect()
}

/// `did you mean `a` or `b`?`, if anything is near.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    ask(&nearest(name, names))
}

/// `did you mean `a` or `b`?` of these names, if there is any.
pub(crate) fn ask(near: &[&str]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", list(near, "or")))
}

/// The names as a phrase: `a`, `b` or `c`.
pub(crate) fn list(names: &[&str], joint: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} {joint} {last}", others.join(", ")),
    }
}

fn likeness(one: &str, other: &str) -> f64 {
    let whole = strsim::normalized_damerau_levenshtein(one, other);
    let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    whole.max(0.95 * strsim::normalized_damerau_levenshtein(&base(one), &base(other)))
}
