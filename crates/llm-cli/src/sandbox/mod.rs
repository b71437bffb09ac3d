//! The simulated OpenRouter of `--sandbox` and `sandbox`.
//!
//! | file | concern |
//! |---|---|
//! | `serve` | the simulator and the configuration that leads to it |
//! | `scripts` | how the simulated models behave |
//! | `llm_settings.yaml` | the configuration of a sandbox that is given none |

mod scripts;
mod serve;

pub(crate) use serve::Sandbox;
