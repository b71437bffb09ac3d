//! Which entry of a catalogue a model is, and which are like it.

use std::borrow::Cow;

use llm_core::{ModelId, ModelInfo};

use crate::config::{self, nearest};

/// What a catalogue says of the model called `asked`: the entry of this id, else the one that
/// serves it. An entry serves ids that differ by the implied tag `latest`, or by a tag that asks
/// for a way of serving rather than for another model; `free` is another model. What such a way
/// of serving costs, the entry does not say.
pub fn listed<'a>(catalogue: &'a [ModelInfo], asked: &ModelId) -> Option<Cow<'a, ModelInfo>> {
    if let Some(info) = catalogue.iter().find(|info| info.id == *asked) {
        return Some(Cow::Borrowed(info));
    }
    let serves = |info: &&ModelInfo| is_served(asked.as_str(), info.id.as_str());
    // The longest, of `a:thinking` and `a` for `a:thinking:nitro`.
    let info = catalogue.iter().filter(serves).max_by_key(|info| info.id.as_str().len())?;
    if is_latest(asked.as_str(), info.id.as_str()) {
        return Some(Cow::Borrowed(info));
    }
    let mut info = info.clone();
    info.price = None;
    Some(Cow::Owned(info))
}

/// The ids in a catalogue that are most like `asked`, the best first; none when it lists `asked`.
pub fn nearest_ids(catalogue: &[ModelInfo], asked: &ModelId) -> Vec<ModelId> {
    if listed(catalogue, asked).is_some() {
        return Vec::new();
    }
    let ids = catalogue.iter().map(|info| info.id.as_str());
    nearest(asked.as_str(), ids).into_iter().map(ModelId::from).collect()
}

/// `did you mean `a` or `b`?` of the names that are most like another, if there is any.
pub fn did_you_mean(nearest: &[String]) -> Option<String> {
    config::ask(&nearest.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A hash of `text` (FNV-1a, 64 bits): enough to see that two texts are the same, not to hide one.
pub fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn is_served(asked: &str, listed: &str) -> bool {
    let tag = asked.strip_prefix(listed).and_then(|rest| rest.strip_prefix(':'));
    is_latest(asked, listed) || tag.is_some_and(|tag| tag != "free")
}

/// Whether the two are one model, of which one is written without its tag.
fn is_latest(asked: &str, listed: &str) -> bool {
    let without = |id: &str, other: &str| id.strip_suffix(":latest") == Some(other);
    without(listed, asked) || without(asked, listed)
}

#[cfg(test)]
mod tests {
    use llm_core::Price;
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn an_entry_serves_its_tags_but_prices_only_itself() {
        let priced = |id: &str| {
            let mut info = ModelInfo::new(id);
            info.price = Some(Price::per_token(Decimal::ONE, Decimal::ONE));
            info
        };
        let catalogue = ["a/one", "a/one:thinking", "llama:latest", "phi"].map(priced);
        let check = |asked: &str, expected: Option<(&str, bool)>| {
            let found = listed(&catalogue, &asked.into());
            let found = found.as_ref().map(|info| (info.id.as_str(), info.price.is_some()));
            assert_eq!(found, expected, "{asked}");
        };
        check("a/one", Some(("a/one", true)));
        check("a/one:nitro", Some(("a/one", false)));
        check("a/one:thinking", Some(("a/one:thinking", true)));
        check("a/one:thinking:nitro", Some(("a/one:thinking", false)));
        check("a/one:free", None);
        check("llama", Some(("llama:latest", true)));
        check("llama:1b", None);
        check("phi:latest", Some(("phi", true)));
        check("a/on", None);
    }

    #[test]
    fn a_listed_id_is_not_misspelled() {
        let catalogue = ["acme/swift", "acme/sage"].map(ModelInfo::new);
        assert_eq!(nearest_ids(&catalogue, &"acme/swfit".into()), ["acme/swift"]);
        assert!(nearest_ids(&catalogue, &"acme/swift".into()).is_empty());
        assert!(nearest_ids(&catalogue, &"zzz".into()).is_empty());
    }

    #[test]
    fn fingerprints_do_not_change() {
        assert_eq!(fingerprint(""), "cbf29ce484222325");
        assert_eq!(fingerprint("a"), "af63dc4c8601ec8c");
    }
}
