//! Advice: what the figures recommend, and what they do not carry.

mod measurement;
mod names;
mod roles;

pub(crate) use measurement::notes;
pub(crate) use roles::advise;
