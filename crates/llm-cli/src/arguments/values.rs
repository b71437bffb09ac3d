//! Values that options take.

use std::time::Duration;

/// What `--config` says of itself.
pub(super) const CONFIG: &str =
    "The settings file [default: config/llm_settings.yaml, here or above] [env: LLM_CONFIG]";

/// Longer waits are a mistake.
const LONGEST: Duration = Duration::from_secs(3600);

/// A length of time above zero and up to an hour: `60`, `60s`, `2m`, `250ms`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let (number, seconds) = units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))
        .unwrap_or((text, 1.0));
    let Ok(number) = number.trim().parse::<f64>() else {
        return Err("not a length of time: write `60s`, `2m` or `250ms`".to_owned());
    };
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(duration) if !duration.is_zero() && duration <= LONGEST => Ok(duration),
        _ => Err("must be above 0 and at most 3600 s".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_in_the_configuration() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(duration(text).ok(), expected.map(Duration::from_millis), "{text}");
        };
        check("60", Some(60_000));
        check("60s", Some(60_000));
        check("2m", Some(120_000));
        check("250ms", Some(250));
        check("0", None);
        check("-1s", None);
        check("2h", None);
        check("nan", None);
        check("soon", None);
        check("", None);
    }
}
