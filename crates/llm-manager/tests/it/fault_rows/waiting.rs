//! Rows 9 to 14: somebody waits in vain, or stops waiting.

use std::time::Duration;

use llm_core::ChatRequest;
use llm_testkit::simulator::Reply;
use tokio::time::timeout;

use super::{
    everywhere::{settle, tried},
    lab::{EVERY, Form, HELD, Lab, SICK, TWIN, Told, UNSTREAMED, ask, obstacle},
    row::Row,
};
use crate::dialects::ON;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn row_09_no_first_token_in_time() {
    let row = Row::new(
        9,
        "`first_token_timeout` | Timeout | once if alone, 500ms | the next | hard, rests up to 120 s | maybe | `first_token_timeout`, worth trying later",
    );
    for silence in [Reply::hang(), Reply::stall_after(0)] {
        row.when(None, silence).await;
    }
    // Without a stream nobody sees the tokens before the answer is whole.
    row.in_forms(UNSTREAMED).when(None, Reply::stall_after(3)).await;
    settle(9);
}

#[tokio::test(start_paused = true)]
async fn row_10_silence_before_anything_was_handed_over() {
    Row::new(10, "`idle_timeout` | Timeout | no | the next | hard, rests up to 120 s | yes | `idle_timeout`, worth trying later")
        .in_forms(HELD)
        .when(None, Reply::stall_after(3))
        .await;
    settle(10);
}

#[tokio::test(start_paused = true)]
async fn row_11_silence_after_content_was_handed_over() {
    Row::new(11, "`idle_timeout` | Timeout | no | nobody | hard, rests up to 120 s | yes | `idle_timeout`, worth trying later")
        .in_forms(&[Form::Stream])
        .after("one two three ")
        .when(None, Reply::stall_after(3))
        .await;
    settle(11);
}

#[tokio::test(start_paused = true)]
async fn row_12_signs_of_life_without_content() {
    let comments = Reply::comments_only(5 * SECOND);
    // It takes a longer limit for the first token, such as a model that is loaded first has.
    Row::new(12, "`no_progress` | Timeout | no | the next | hard, rests up to 120 s | maybe | `no_progress`, worth trying later")
        .in_forms(super::lab::STREAMED)
        .with_first_token(290 * SECOND)
        .when(None, comments)
        .await;
    let line = "`no_progress` | Timeout | no | the next | hard, rests up to 120 s | yes | `no_progress`, worth trying later";
    Row::besides(12, line).in_forms(HELD).when(None, Reply::comments_after(3, 5 * SECOND)).await;
    let line = "`no_progress` | Timeout | no | nobody | hard, rests up to 120 s | yes | `no_progress`, worth trying later";
    Row::besides(12, line)
        .in_forms(&[Form::Stream])
        .after("one two three ")
        .when(None, Reply::comments_after(3, 5 * SECOND))
        .await;
    settle(12);
}

#[tokio::test(start_paused = true)]
async fn row_13_deadline() {
    // Nobody else can answer after it, whoever there is.
    let line = "`deadline` | Timeout | no | nobody | – | yes | `deadline`, final";
    Row::besides(13, line)
        .in_forms(HELD)
        .within(10 * SECOND)
        .when(None, Reply::repeat(SECOND))
        .await;
    // A provider that never said a word may have begun.
    Row::new(13, "`deadline` | Timeout | no | nobody | – | maybe | `deadline`, final")
        .within(10 * SECOND)
        .with_nobody_else()
        .when(None, Reply::hang())
        .await;
    settle(13);
}

#[tokio::test(start_paused = true)]
async fn row_14_caller_leaves() {
    let each = ON.iter().flat_map(|dialect| EVERY.iter().map(|form| (*dialect, form)));
    for (dialect, form) in each {
        tried(14, dialect);
        for reply in [Reply::hang(), Reply::stall_after(1)] {
            let lab = Lab::new(dialect, reply);
            let engine = lab.engine(&Told::new(*form));
            let request = ChatRequest::from("Hi");
            timeout(SECOND, ask(&engine, *form, &request)).await.unwrap_err();

            lab.simulator.wait_for_ended(1).await;
            let calls = lab.simulator.calls();
            assert!(calls[0].client_left(), "{form:?}: {calls:?}");
            assert_eq!(calls.len(), 1, "{form:?}: nobody else is called");
            for model in [SICK, TWIN] {
                assert_eq!(obstacle(&engine, model), None, "{form:?}");
            }
            let standings = engine.standings();
            let known = &standings[0].statistics;
            assert_eq!((known.success_count, known.error_count), (0, 1), "{form:?}: once");
        }
    }
    settle(14);
}
