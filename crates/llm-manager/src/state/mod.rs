//! What is learned about models, kept across processes.
//!
//! | file | concern |
//! |---|---|
//! | `file` | a file: read, set aside when broken, changed under a lock, replaced whole |
//! | `files` | the files there are |
//! | `statistics` | what calls have shown |
//! | `catalogue` | what providers list |
//! | `writer` | the thread that writes, so that no request waits for a disk |

mod catalogue;
mod file;
mod files;
mod statistics;
mod writer;

pub(crate) use files::StateFiles;
pub(crate) use writer::Writer;
