//! `sandbox`: where simulated models are served.

use clap::Args;

/// Serve simulated models, for other programs' tests.
#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
}
