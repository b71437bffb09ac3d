//! The statistics of a report: what a sample carries, and what it does not.

mod percentile;
mod rank_sum;
mod wilson;

pub use percentile::percentile;
pub use rank_sum::separable;
pub use wilson::wilson;

pub(crate) use percentile::median;
pub(crate) use rank_sum::p_value;
