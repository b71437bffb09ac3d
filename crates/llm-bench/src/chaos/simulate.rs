//! Paused time.

use anyhow::Result;

/// Runs `future`, and whatever it starts, in one thread under paused time.
pub(super) fn simulate<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build()?.block_on(future)
}
