//! From the command line to an exit code.

use std::panic;

use clap::Parser;
use llm_manager::config::Environment;
use tokio::runtime::{Builder, Runtime};

use crate::{
    arguments::{Arguments, Command},
    commands, environment,
    exit::Exit,
    failure::Failure,
    interrupt::Interrupt,
    output,
};

/// What every command needs to know.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) environment: Environment,
    /// `-v`, how often.
    pub(crate) verbose: u8,
    pub(crate) interrupt: Interrupt,
}

/// Does what the command line of this process says. A panic, which is a fault of this program, is
/// an internal error: 101, its own exit code, is what `cargo run` returns when the build fails.
pub(crate) fn run() -> Exit {
    panic::catch_unwind(parse).unwrap_or_else(|_| {
        output::say("internal error: please report the lines above and the command");
        Exit::Internal
    })
}

fn parse() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match start(&arguments) {
        Ok(exit) => exit,
        Err(failure) => {
            output::say(failure.text());
            failure.exit()
        }
    }
}

/// `--help` and `--version` go to the standard output, what is wrong to the standard error.
fn refuse(error: &clap::Error) -> Exit {
    // A reader that has left has what it wanted.
    let _nobody_left_to_tell = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

fn start(arguments: &Arguments) -> Result<Exit, Failure> {
    let environment = environment::read()?;
    let runtime = runtime().map_err(Failure::internal)?;
    let done = runtime.block_on(async {
        let interrupt = Interrupt::watch();
        let context = Context { environment, verbose: arguments.verbose, interrupt };
        dispatch(&arguments.command, &context).await
    });
    // A read of the standard input may still wait; the process does not wait for it.
    runtime.shutdown_background();
    done
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

async fn dispatch(command: &Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Ask(arguments) if arguments.batch => commands::batch(arguments, context).await,
        Command::Ask(arguments) => commands::ask(arguments, context).await,
        Command::TestModels(arguments) => commands::test_models(arguments, context).await,
        Command::Models(arguments) => commands::models(arguments, context).await,
        Command::Config(arguments) => commands::config(arguments, context),
        Command::Sandbox(arguments) => commands::sandbox(arguments, context).await,
    }
}
