//! Arguments from JSON, with mistakes told by the argument's name.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::fault::{Fault, usage};

/// Reads arguments.
///
/// # Errors
///
/// When one does not fit; the message names it.
pub(crate) fn parse<T: DeserializeOwned>(json: &str) -> Result<T, Fault> {
    serde_json::from_str(json)
        .map_err(|error| usage(misfit::<T>(json).unwrap_or(error.to_string())))
}

/// What is wrong, by the name of the argument rather than by its column in JSON that no person
/// wrote. Read again, so that a call without a mistake does not pay for it.
fn misfit<T: DeserializeOwned>(json: &str) -> Option<String> {
    let arguments: Value = serde_json::from_str(json).ok()?;
    let error = serde_path_to_error::deserialize::<_, T>(arguments).err()?;
    let place = error.path().to_string();
    let place = place.strip_prefix("options.").unwrap_or(&place);
    Some(format!("{place}: {}", error.inner()))
}

/// A time limit in seconds.
///
/// # Errors
///
/// When it is none.
pub(crate) fn seconds(seconds: f64) -> Result<Duration, Fault> {
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
    time.ok_or_else(|| usage(format!("timeout: {seconds} is not a number of seconds above 0")))
}
