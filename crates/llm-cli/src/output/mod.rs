//! What a person or a program gets to read.
//!
//! | file | concern |
//! |---|---|
//! | `result_stream` | the standard output: the result and nothing else |
//! | `errors` | the standard error: everything else |
//! | `terminal` | what the reader's terminal can show |
//! | `escape` | makes what strangers wrote harmless |
//! | `story` | why nobody answered, for people |
//! | `diagnostics` | the problems of a configuration, drawn where they are |
//! | `table` | lists of models |
//! | `first_run` | what to do when there is no key |
//! | `progress` | a test run while it lasts |

mod diagnostics;
mod errors;
mod escape;
mod first_run;
mod progress;
mod result_stream;
mod story;
mod table;
mod terminal;

pub(crate) use diagnostics::draw;
pub(crate) use errors::{LogWriter, say, show_bar};
pub(crate) use escape::{blank, escape, escape_json};
pub(crate) use first_run::{MissingKey, nothing_to_call};
pub(crate) use progress::Reporter;
pub(crate) use result_stream::ResultStream;
pub(crate) use story::story;
pub(crate) use table::table;
pub(crate) use terminal::Terminal;
