#![doc = include_str!("../README.md")]

mod arguments;
mod conversation;
mod fault;
mod formats;
#[cfg(feature = "extension")]
mod python;
mod reply;
mod request;
mod service;
mod stream;
mod testing;

pub use fault::{Fault, FaultKind};
pub use service::Service;
pub use stream::{AnswerEvents, Next};
pub use testing::Tests;
