//! The report as a table for a terminal.
//!
//! | file | concern |
//! |---|---|
//! | `style` | width, characters, colour |
//! | `columns` | which columns fit, and their cells |
//! | `sections` | problems, advice, summary |
//! | `text` | widths, padding, wrapping |
//! | `document` | all of it in order |

mod columns;
mod document;
mod sections;
mod style;
mod text;

pub use style::TableStyle;
