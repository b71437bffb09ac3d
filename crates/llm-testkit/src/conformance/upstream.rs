//! The other end of the wire, watched.

use std::fmt::Debug;

use async_trait::async_trait;
use llm_core::ModelId;

use crate::simulator::{LoggedCall, Simulator};

/// An upstream that tells what it saw. Without it, whether a provider retries or hangs up cannot
/// be checked.
#[async_trait]
pub trait Upstream: Debug + Send + Sync {
    /// How many calls of `model` came so far.
    fn calls(&self, model: &ModelId) -> usize;

    /// The last request for `model` as it was sent; `None` if the upstream does not tell.
    fn last_request(&self, _model: &ModelId) -> Option<String> {
        None
    }

    /// Waits until more than `count` calls of `model` came.
    async fn called(&self, model: &ModelId, count: usize);

    /// Waits until every call of `model` has ended, and tells whether the client left the last.
    async fn abandoned(&self, model: &ModelId) -> bool;
}

const _: fn(&dyn Upstream) = |_| {};

#[async_trait]
impl Upstream for Simulator {
    fn calls(&self, model: &ModelId) -> usize {
        self.calls_to(model.as_str()).len()
    }

    fn last_request(&self, model: &ModelId) -> Option<String> {
        let calls = self.calls_to(model.as_str());
        calls.last().map(|call| String::from_utf8_lossy(&call.bytes).into_owned())
    }

    async fn called(&self, model: &ModelId, count: usize) {
        let of = |calls: &[LoggedCall]| calls.iter().filter(|call| *model == *call.model).count();
        self.wait_until(|calls| of(calls) > count).await;
    }

    async fn abandoned(&self, model: &ModelId) -> bool {
        let ended = |call: &LoggedCall| *model != *call.model || call.outcome.is_some();
        let calls = self.wait_until(|calls| calls.iter().all(ended)).await;
        let last = calls.iter().rfind(|call| *model == *call.model);
        last.is_some_and(LoggedCall::client_left)
    }
}
