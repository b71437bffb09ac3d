#![doc = include_str!("../README.md")]

pub mod canned;
pub mod conformance;
pub mod fakes;
pub mod simulator;
pub mod sockets;
