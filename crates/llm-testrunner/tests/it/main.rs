//! Tests of the test runner: models are fakes, time is simulated.
#![cfg(test)]

mod advice;
mod checks;
mod example;
mod export;
mod failures;
mod hostile;
mod interruption;
mod manager;
mod order;
mod preflight;
mod rendering;
mod schema;
mod simulated;
mod statistics;
mod status;
mod support;
mod taxonomy;
