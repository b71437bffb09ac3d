#![doc = include_str!("../README.md")]

mod assemble;
mod build_error;
mod builder;
mod built_in;
mod clock;
pub mod config;
mod facts;
mod limits;
mod manager;
mod options;
mod providers;
mod registry;
mod report;
mod state;

pub use build_error::BuildError;
pub use builder::LlmManagerBuilder;
pub use facts::{
    Contradiction, Fact, FactSource, ModelFacts, did_you_mean, fingerprint, listed, nearest_ids,
};
pub use llm_strategies::{AnswerStream, Standing, Target, Timeouts};
pub use manager::LlmManager;
pub use options::GenerateOptions;
pub use registry::{ProviderFactory, ProviderHabits, ProviderSetup};
pub use report::{AnswerReport, UsageReport, said};

/// The examples of the front page are compiled with ours.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
