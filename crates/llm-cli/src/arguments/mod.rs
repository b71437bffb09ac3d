//! What the command line may say.

mod ask;
mod cli;
mod config;
mod models;
mod sandbox;
mod test_models;
mod values;

pub(crate) use ask::{Ask, Strategy};
pub(crate) use cli::{Arguments, Command};
pub(crate) use config::{ConfigAction, ConfigArguments};
pub(crate) use models::{Discover, ModelsAction, ModelsArguments};
pub(crate) use sandbox::SandboxArguments;
pub(crate) use test_models::{Export, FailOn, Format, Profile, ProgressMode, Role, TestModels};
