//! What the tests stand on: a home for the program, an upstream, and what a run left behind.

mod home;
mod ran;
mod upstream;

use std::time::Duration;

pub(crate) use home::Home;
pub(crate) use ran::{Ran, lasting, redacted};
pub(crate) use upstream::{Upstream, home_at};

/// Only a hang takes this long.
const HANG: Duration = Duration::from_secs(120);

/// The settings of the document this project started from, as they are.
pub(crate) const SEED: &str =
    include_str!("../../../../llm-manager/tests/it/fixtures/config/valid/seed.yaml");

/// The settings files of this repository, below `config/`.
pub(crate) const SHIPPED: [&str; 4] = [
    "llm_settings.yaml",
    "examples/minimal.yaml",
    "examples/best_of_two.yaml",
    "examples/full.yaml",
];

/// Where one of them lies.
pub(crate) fn shipped(file: &str) -> String {
    format!("{}/../../config/{file}", env!("CARGO_MANIFEST_DIR"))
}
