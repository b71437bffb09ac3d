//! What only the whole configuration shows: names that lead nowhere, roles without models,
//! addresses that give keys away, limits that can never be reached.
//!
//! Each module is one concern; none stops another.

mod address;
mod context;
mod entries;
mod limits;
mod models;
mod parallel;
mod paths;
mod providers;
mod roles;

pub(crate) use context::{Review, review};
pub(crate) use entries::{listed, model_names};
