//! Renderings of a report, each from the report alone.

mod escape;
pub(crate) mod figures;
mod json;
mod markdown;
mod model_roles;
mod table;

pub use table::TableStyle;
