#![doc = include_str!("../README.md")]

mod best_of_two;
mod engine;
mod evaluator;
mod fallback;
mod single;

pub use best_of_two::BestOfTwo;
pub use engine::{
    Again, AnswerStream, CallOptions, Commit, Engine, EngineSettings, Fault, FaultEnd, FaultLine,
    FaultTable, HealthClass, Observer, Onward, Policy, Reaction, Reactions, RequestDefaults,
    Standing, Target, Timeouts, WhenAllUnavailable, faults, observe,
};
pub use evaluator::{LlmEvaluator, parse_verdict};
pub use fallback::Fallback;
pub use single::Single;
