//! What the program does, a file a command.

mod ask;
mod batch;
mod config;
mod discover;
mod facts;
mod models;
mod plan;
mod report_files;
mod request;
mod sandbox;
mod test_models;

pub(crate) use ask::ask;
pub(crate) use batch::batch;
pub(crate) use config::config;
pub(crate) use models::models;
pub(crate) use sandbox::sandbox;
pub(crate) use test_models::test_models;
