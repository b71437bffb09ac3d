//! What is known of a model, and from where: its provider's catalogue, else the configuration.
//!
//! | file | concern |
//! |---|---|
//! | `fact` | a fact with its source, and all facts of a model |
//! | `merge` | the catalogue first, then the configuration, and where the two contradict |
//! | `listing` | which entry of a catalogue a model is, and which are like it |
//! | `catalogues` | the catalogues that were read, each of one provider at one address |
//! | `face` | what `LlmManager` knows and learns |

mod catalogues;
mod face;
mod fact;
mod listing;
mod merge;

pub(crate) use catalogues::{Catalogues, Learned};
pub use fact::{Contradiction, Fact, FactSource, ModelFacts};
pub use listing::{did_you_mean, fingerprint, listed, nearest_ids};
