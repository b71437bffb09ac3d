//! A simulated OpenRouter for tests in another language: commands on standard input, answers on
//! standard output, an end when the input ends.

use std::io;

use llm_testkit::{
    remote,
    simulator::{Simulator, SimulatorConfig},
};
use tokio::io::{BufReader, stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let simulator = Simulator::start(SimulatorConfig::default())?;
    remote::serve(&simulator, BufReader::new(stdin()), stdout()).await
}
