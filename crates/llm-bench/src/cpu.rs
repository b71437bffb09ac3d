//! The CPU this process has used.

use std::{fs, io, time::Duration};

/// How long this process has been on a CPU, in all its threads. Exact to the nanosecond where
/// the kernel keeps scheduler statistics.
///
/// # Errors
///
/// When the system has no `/proc/self/task/*/schedstat`: this takes Linux.
pub fn on_cpu() -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for task in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let nanoseconds = text.split(' ').next().and_then(|field| field.parse().ok());
        let nanoseconds = nanoseconds.ok_or(io::ErrorKind::InvalidData)?;
        total += Duration::from_nanos(nanoseconds);
    }
    Ok(total)
}
