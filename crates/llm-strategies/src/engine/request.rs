//! One request, from its plan to its story.

use std::{
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use llm_core::{ChatRequest, Error, ErrorKind, History, Judgement, Outcome, Result, Strategy};
use tokio::time::timeout_at;

use super::{
    clock::later,
    delivery::{Delivery, time_to_first_token},
    failure::nobody,
    ledger::{Book, Ledger},
    locked, log,
    notes::Notes,
    plan::{Planned, plan},
    run::Run,
    settings::CallOptions,
    shared::Shared,
};

/// Answers `request` as `strategy` decides; content on its way goes to `delivery`.
pub(super) async fn answer(
    shared: Arc<Shared>,
    strategy: &dyn Strategy,
    request: ChatRequest,
    options: &CallOptions,
    delivery: Delivery,
) -> Result<Outcome> {
    let timeout = options.timeout.unwrap_or(shared.settings.timeout);
    let ledger = Ledger::new();
    let deadline = later(ledger.started, timeout);
    let number = shared.next_request();
    let roster = shared.fleet.roster();
    let Planned { plan, excluded, resting } =
        plan(&shared, &roster, &request, options, &strategy.models(), number);
    let candidates = plan.candidates.len() + plan.extras.len();
    let nobody_left = candidates == 0 && resting.is_empty();
    let refused = refusal(&request, options).or_else(|| nobody_left.then(|| nobody(&excluded)));
    let mut run = Run {
        request,
        deadline,
        alternatives: candidates > 1,
        is_streamed: delivery.is_streamed(),
        checks_json: options.check_json,
        delivery: tokio::sync::Mutex::new(delivery),
        notes: Mutex::new(Notes { excluded, resting, ..Notes::default() }),
        number,
        ledger,
        shared,
        roster,
        strategy: strategy.name().to_owned(),
        at_work: AtomicBool::new(false),
        told: false,
    };
    let mut answered = if let Some(error) = refused {
        Err(error)
    } else {
        let mut decided = strategy.run(&run.request, plan, &run);
        let decided = poll_fn(|context| {
            run.at_work.store(true, Ordering::Relaxed);
            let polled = decided.as_mut().poll(context);
            run.at_work.store(false, Ordering::Relaxed);
            polled
        });
        timeout_at(deadline, decided).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Deadline, "the deadline of the request passed"))
        })
    };
    if let Ok(answer) = &answered {
        run.delivery.get_mut().finish(&answer.response).await;
    }
    run.told = true;
    let judgement = answered.as_mut().ok().and_then(|answer| answer.judgement.take());
    let mut history = story(&mut run, judgement);
    match answered {
        Ok(answer) => {
            let outcome = Outcome::new(answer.response, answer.source, history);
            log::answered(&outcome);
            Ok(outcome)
        }
        Err(error) => {
            history.partial = run.delivery.get_mut().is_committed();
            log::not_answered(&error, &history, timeout);
            Err(error.with_history(history))
        }
    }
}

/// How the request went.
fn story(run: &mut Run, mut judgement: Option<Judgement>) -> History {
    let mut history = History::default();
    history.strategy = std::mem::take(&mut run.strategy);
    history.attempts = run.ledger.take(Book::Candidates);
    let judged = run.ledger.take(Book::Judge);
    match &mut judgement {
        Some(judgement) => judgement.attempts = judged,
        // A strategy that consulted somebody and came to no verdict: the calls were made.
        None => history.attempts.extend(judged),
    }
    history.judgement = judgement;
    history.excluded = std::mem::take(&mut locked(&run.notes).excluded);
    history.elapsed = run.ledger.started.elapsed();
    history.time_to_first_token = time_to_first_token(run.delivery.get_mut(), run.ledger.started);
    history
}

/// What is wrong with a request before any model has seen it.
fn refusal(request: &ChatRequest, options: &CallOptions) -> Option<Error> {
    let invalid = |message: String| Some(Error::new(ErrorKind::InvalidRequest, message));
    if request.is_blank() {
        return invalid("the prompt is empty: say something".to_owned());
    }
    let named = options.model.as_ref().filter(|model| options.avoids(model))?;
    invalid(format!(
        "`{}` is named and avoided in one request: leave out one of the two",
        named.model
    ))
}
