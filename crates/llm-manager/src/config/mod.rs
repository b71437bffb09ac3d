//! The configuration: from files, the environment and code to settings that are checked.
//!
//! ```text
//! defaults, file, file.local, LLM__…, code ─> tree ─> ${…} ─> types ─> review ─> Config
//! ```
//!
//! Every value keeps its origin on that way, so a problem is shown where it was written. All
//! problems are found in one run.
//!
//! | module | holds |
//! |---|---|
//! | `builder`, `load`, `file` | what is read, and in which order |
//! | `yaml`, `syntax`, `node`, `path`, `origin`, `source` | the tree and the places of its values |
//! | `layers`, `environment`, `expand`, `keys` | how the layers become one tree |
//! | `schema`, `check`, `scalar`, `values` | from the tree to the types of `settings` |
//! | `review` | what only the whole shows: names, roles, addresses, limits |
//! | `loaded`, `names`, `models`, `show` | what the rest of the crate asks |
//! | `diagnostic`, `error`, `suggest`, `mask` | what a person is told |

mod builder;
mod check;
mod diagnostic;
mod environment;
mod error;
mod expand;
mod file;
mod keys;
mod kind;
mod layers;
mod load;
mod loaded;
mod mask;
mod models;
mod names;
mod node;
mod origin;
mod path;
mod review;
mod scalar;
mod schema;
mod settings;
mod show;
mod source;
mod suggest;
mod syntax;
mod values;
mod yaml;

pub(crate) use suggest::{ask, nearest};

pub use builder::ConfigBuilder;
pub use diagnostic::{Code, Diagnostic, Label, Severity};
pub use environment::Environment;
pub use error::ConfigError;
pub(crate) use kind::feature_of;
pub use kind::key_page;
pub use loaded::Config;
pub use models::ConfiguredModel;
pub use names::UnknownModel;
pub use origin::Origin;
pub use schema::schema_text;
pub use settings::{
    CapabilityName, CommitMode, CutReaction, FailOn, HedgingSettings, LlmSettings, LogFormat,
    LogLevel, ModelRoles, ModelSettings, Models, ParallelSettings, PriceSettings, Profile,
    ProviderSettings, ReportFormat, ReportSettings, RetrySettings, Settings, SoftFailureReactions,
    SoftFailureSettings, SoftReaction, StrategyName, StreamingSettings, TelemetrySettings,
    TestRunnerSettings, TimeoutSettings, UnavailableMode, UpstreamStream, WindowSettings,
};
pub use show::ShownValue;
pub use source::{Position, SourceFile, Span};
pub use values::{Dollars, Seconds, Secret};
