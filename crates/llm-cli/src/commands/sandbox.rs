//! `sandbox`: the simulated OpenRouter alone.

use crate::{
    application::Context, arguments::SandboxArguments, exit::Exit, failure::Failure, output,
    output::ResultStream, sandbox::Sandbox,
};

/// Serves simulated models until the user ends it.
pub(crate) async fn sandbox(
    arguments: &SandboxArguments,
    context: &Context,
) -> Result<Exit, Failure> {
    let sandbox = Sandbox::serve(arguments.port)?;
    output::say("SANDBOX: simulated models; any key is accepted. Ctrl-C ends it.");
    let mut output = ResultStream::standard();
    output.own(&format!("{}\n", sandbox.base_url()))?;
    context.interrupt.arrived().await;
    drop(sandbox);
    Err(Failure::interrupted())
}
