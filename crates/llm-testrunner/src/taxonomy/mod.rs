//! What each kind of failure says about a model, and what to do about it.

mod hint;
mod verdict;

pub use verdict::{CallVerdict, verdict};

pub(crate) use hint::{Circumstances, hint, skip};
pub(crate) use verdict::{blames_model, is_final, says_no};
