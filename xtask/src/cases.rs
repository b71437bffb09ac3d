//! The table of cases of failure, `docs/fault-cases.md`: rows
//! `| id | what happens | what must follow | test |`.

use std::fs;

use anyhow::{Context, Result};

use crate::{
    table::{self, Proof},
    workspace::Workspace,
};

/// Where the table is.
pub(crate) const TABLE: &str = "docs/fault-cases.md";
const COLUMNS: usize = 4;

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The number of its line.
    pub(crate) line: usize,
    pub(crate) id: String,
    pub(crate) n_columns: usize,
    /// The last cell as it is written.
    pub(crate) cell: String,
    pub(crate) proof: Proof,
}

impl Case {
    pub(crate) fn has_all_columns(&self) -> bool {
        self.n_columns == COLUMNS
    }
}

/// The cases of the table.
///
/// # Errors
///
/// When it cannot be read.
pub(crate) fn read(workspace: &Workspace) -> Result<Vec<Case>> {
    let text = fs::read_to_string(workspace.join(TABLE))
        .with_context(|| format!("{TABLE} cannot be read; write the table of cases"))?;
    Ok(parse(&text))
}

/// The cases in `text`, in its order.
pub(crate) fn parse(text: &str) -> Vec<Case> {
    let case = |(line, cells): (usize, Vec<String>)| {
        let cell = cells.last().cloned().unwrap_or_default();
        let proof = table::proof_of(&cell);
        let id = cells.first().cloned().unwrap_or_default();
        Case { line, id, n_columns: cells.len(), cell, proof }
    };
    table::rows(text).into_iter().map(case).collect()
}
