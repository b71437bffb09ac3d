//! The record of a request's attempts: complete at every moment, also when the caller leaves.

use std::sync::Mutex;

use llm_core::{Attempt, ModelRef};
use tokio::time::Instant;

use super::locked;

/// The attempts of one request.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) started: Instant,
    candidates: Mutex<Vec<Attempt>>,
    judge: Mutex<Vec<Attempt>>,
}

/// Whose calls an attempt belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Book {
    Candidates,
    Judge,
}

/// Where an attempt stands in the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    book: Book,
    position: usize,
}

impl Entry {
    /// Which attempt of the request it is, from 1.
    pub(crate) const fn number(self) -> usize {
        self.position + 1
    }
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), candidates: Mutex::default(), judge: Mutex::default() }
    }

    /// Writes down an attempt that begins. What it says stands until it is replaced.
    pub(crate) fn open(&self, book: Book, attempt: Attempt) -> Entry {
        let mut attempts = locked(self.attempts_of(book));
        attempts.push(attempt);
        Entry { book, position: attempts.len() - 1 }
    }

    /// Writes down how an attempt ended.
    pub(crate) fn close(&self, entry: Entry, end: impl FnOnce(&mut Attempt)) {
        if let Some(open) = locked(self.attempts_of(entry.book)).get_mut(entry.position) {
            end(open);
        }
    }

    /// Hands over the attempts at the end of the request, in the order they began.
    pub(crate) fn take(&self, book: Book) -> Vec<Attempt> {
        std::mem::take(&mut locked(self.attempts_of(book)))
    }

    /// How many attempts have begun, the judge's too.
    pub(crate) fn count(&self) -> usize {
        locked(&self.candidates).len() + locked(&self.judge).len()
    }

    /// How often a candidate was called.
    pub(crate) fn attempts_on(&self, model: &ModelRef) -> u32 {
        let attempts = locked(&self.candidates);
        let calls = attempts
            .iter()
            .filter(|attempt| attempt.model == model.model && attempt.provider == model.provider);
        u32::try_from(calls.count()).unwrap_or(u32::MAX)
    }

    fn attempts_of(&self, book: Book) -> &Mutex<Vec<Attempt>> {
        match book {
            Book::Candidates => &self.candidates,
            Book::Judge => &self.judge,
        }
    }
}
