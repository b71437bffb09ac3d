//! What the package decides, without Python: models are fakes, time is simulated.
#![cfg(test)]

mod calls;
mod closing;
mod mistakes;
mod panics;
mod streams;
mod support;
mod testing;
