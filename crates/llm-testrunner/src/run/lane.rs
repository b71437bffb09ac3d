//! The loop that sends one model's calls.

use std::time::Duration;

use llm_core::{ModelRef, Observation};
use tokio::{sync::Semaphore, time::Instant};

use super::{
    call,
    journal::Journal,
    judge::{self, Sending},
    schedule::Lane,
};
use crate::{
    clock::Clock,
    progress::{Progress, ProgressEvent},
    report::{ModelReport, Purpose},
    taxonomy,
};

/// What every lane of a run shares.
pub(super) struct Shared<'a> {
    pub(super) began: Instant,
    pub(super) places: &'a Semaphore,
    pub(super) timeout: Duration,
    pub(super) clock: &'a Clock,
    pub(super) recorder: &'a (dyn Fn(&ModelRef, &Observation) + Send + Sync),
    pub(super) journal: &'a Journal,
    pub(super) progress: &'a dyn Progress,
}

/// Sends the calls of `lane`, one at a time, until all are made or one failed for good. A call is
/// due when the one before it has ended; what it waits from then on is queueing of our own making.
pub(super) async fn walk(
    index: usize,
    lane: &Lane,
    shared: &Shared<'_>,
    finish: impl Fn() -> ModelReport,
) {
    let Ok(provider) = &lane.target.provider else {
        return finished(index, shared, &finish());
    };
    let mut planned = Duration::ZERO;
    for job in &lane.jobs {
        let Ok(place) = shared.places.acquire().await else { return };
        let sent = Instant::now();
        let sending = Sending { planned, sent: sent.duration_since(shared.began) };
        shared.journal.began(index, job, sending, sent);
        shared.progress.event(&ProgressEvent::CallStarted { index, purpose: job.purpose });
        let measured = call::call(&**provider, &lane.target, job, shared.timeout).await;
        drop(place);

        if let Some(observation) = judge::observation(job, &measured, shared.clock.now()) {
            (shared.recorder)(&lane.target.model, &observation);
        }
        let report = judge::report(&lane.target, job, sending, &measured);
        shared.journal.ended(index, report.clone());
        shared.progress.event(&ProgressEvent::CallFinished { index, call: &report });

        let is_check = matches!(job.purpose, Purpose::Json | Purpose::Tools | Purpose::Stream);
        let error = measured.result.err();
        if error.is_some_and(|error| taxonomy::is_final(error.kind()) && !is_check) {
            break;
        }
        planned = shared.began.elapsed();
    }
    finished(index, shared, &finish());
}

fn finished(index: usize, shared: &Shared<'_>, model: &ModelReport) {
    shared.progress.event(&ProgressEvent::ModelFinished { index, model });
}
