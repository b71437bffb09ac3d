//! The report as Markdown.
//!
//! | file | concern |
//! |---|---|
//! | `document` | the sections in order |
//! | `head` | the result in two lines |
//! | `status` | the table of models |
//! | `recommendations` | what to do with the roles |
//! | `failures` | what went wrong |
//! | `method` | how the figures came about |

mod document;
mod failures;
mod head;
mod method;
mod recommendations;
mod status;
