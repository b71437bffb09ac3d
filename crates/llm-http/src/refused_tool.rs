//! The tool that an error is about: servers name its place, people know its name.

use llm_core::{Error, ErrorKind, Tool};

/// `error` with the name of the tool it blames by its place alone, such as `tools[1].function` or
/// `tools.1.input_schema`.
#[must_use]
pub fn name_refused_tool(error: Error, tools: &[Tool]) -> Error {
    let blames_request = matches!(
        error.kind(),
        ErrorKind::InvalidRequest | ErrorKind::UnsupportedParam | ErrorKind::Unprocessable
    );
    match refused(&error, tools).filter(|_| blames_request) {
        Some((index, name)) => error.with_advice(&format!("tools[{index}] is `{name}`")),
        None => error,
    }
}

fn refused(error: &Error, tools: &[Tool]) -> Option<(usize, String)> {
    let (_, place) = error.message().split_once("tools")?;
    // Checks written in Python write the place as tools.0.
    let place = place.strip_prefix(['[', '.'])?;
    let index: usize = place.split(|other: char| !other.is_ascii_digit()).next()?.parse().ok()?;
    let name = &tools.get(index)?.name;
    (!error.message().contains(name.as_str())).then(|| (index, name.clone()))
}
