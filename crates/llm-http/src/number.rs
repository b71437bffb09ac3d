//! Numbers of a JSON text, exact and only where they make sense.

use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// More tokens than any call uses.
const TOKENS: u64 = 1_000_000_000_000;

/// More US dollars than any call costs.
const DOLLARS: u64 = 1_000_000;

/// A count of tokens; `None` for what is negative, absurd or no whole number.
pub fn count(raw: &RawValue) -> Option<u64> {
    let text = raw.get();
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole.parse().ok().and_then(sensible)
}

/// The count, unless it is absurd.
pub(crate) fn sensible(tokens: u64) -> Option<u64> {
    (tokens <= TOKENS).then_some(tokens)
}

/// An amount of US dollars, as a number or as text, read without rounding; `None` for what is
/// negative, absurd or no number.
pub fn decimal(raw: &RawValue) -> Option<Decimal> {
    let text = raw.get().trim_matches('"').trim();
    let exact = text.parse().or_else(|_| Decimal::from_scientific(text));
    let amount: Decimal = exact.ok()?;
    let sensible = !amount.is_sign_negative() || amount.is_zero();
    (sensible && amount <= Decimal::from(DOLLARS)).then(|| amount.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn counts_are_whole_and_sensible() {
        let check = |text, expected| assert_eq!(count(&raw(text)), expected, "{text}");
        check("12", Some(12));
        check("12.0", Some(12));
        for odd in ["1e400", "-1", "\"12\"", "1000000000000000000000000000000", "null", "1.5", "[]"]
        {
            check(odd, None);
        }
    }

    #[test]
    fn amounts_are_exact() {
        let check = |text, expected: Option<&str>| {
            let amount = decimal(&raw(text)).map(|amount| amount.to_string());
            assert_eq!(amount.as_deref(), expected, "{text}");
        };
        check("0.000042", Some("0.000042"));
        check("0.1", Some("0.1"));
        check("1.35e-05", Some("0.0000135"));
        check("4.2E-5", Some("0.000042"));
        check("0", Some("0"));
        check("\"0.00000015\"", Some("0.00000015"));
        check("0.0000001234567890123456789", Some("0.0000001234567890123456789"));
        for odd in ["-1", "\"-1\"", "1e400", "1e12", "null", "\"free\"", "\"\"", "{}"] {
            check(odd, None);
        }
    }
}
