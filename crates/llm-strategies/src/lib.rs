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
    SoftFailure, Standing, Target, Timeouts, WhenAllUnavailable, faults, observe,
};
pub use evaluator::{
    Better, GateDecision, GoldResults, Hearing, JudgeGate, LlmEvaluator, Order, parse_verdict,
    second_opinion,
};
pub use fallback::Fallback;
pub use single::Single;
