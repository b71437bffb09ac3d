//! What is learned about models, kept across processes.
//!
//! | file | concern |
//! |---|---|
//! | `file` | the file: read, set aside when broken, merged under a lock, replaced whole |
//! | `writer` | the thread that writes, so that no request waits for a disk |

mod file;
mod writer;

pub(crate) use file::StatisticsFile;
pub(crate) use writer::Writer;
