//! Lists of models as columns.

use super::blank;

/// `rows` under `head`, each column as wide as its widest cell. The last one is not padded.
pub(crate) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let heading = head.get(column).map_or(0, |heading| heading.chars().count());
        cells.map(|cell| cell.chars().count()).chain([heading]).max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let mut lines = line(head, &widths);
    for row in rows {
        lines.push_str(&line(row.each_ref().map(String::as_str), &widths));
    }
    lines
}

fn line<const COLUMNS: usize>(cells: [&str; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{:width$}", blank(cell)));
    let line = cells.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a/long-name".to_owned(), "1 s".to_owned()], ["b".into(), String::new()]];
        assert_eq!(table(["MODEL", "TIME"], &rows), "MODEL        TIME\na/long-name  1 s\nb\n");
    }
}
