//! Rows that are read by names, so that a long line costs no more by them than by numbers.

use std::cell::{Cell, RefCell};

use rusqlite::Row;
use rusqlite::types::{FromSql, ValueRef};

/// The columns of one statement as the rows of it are read: the first row looks for each by its name, the others find it where
/// it was.
#[derive(Default)]
pub struct Columns(RefCell<Vec<(&'static str, usize)>>);

impl Columns {
    pub fn of<'c, 's>(&'c self, row: &'c Row<'s>) -> InOrder<'c, 's> {
        InOrder { row, columns: self, read: Cell::new(0) }
    }

    /// Which column the `read`-th name is that is asked for in a row.
    fn column(&self, read: usize, name: &'static str, row: &Row) -> rusqlite::Result<usize> {
        let mut known = self.0.borrow_mut();
        match known.get(read) {
            // The same name in the same place of the code.
            Some((before, column)) if std::ptr::eq(*before, name) => return Ok(*column),
            _ => known.truncate(read),
        }
        // Columns are mostly read as they stand: the next is looked at first.
        let (statement, next) = (row.as_ref(), known.last().map_or(0, |(_, column)| column + 1));
        let is_it = |at: &usize| statement.column_name(*at).is_ok_and(|found| found.eq_ignore_ascii_case(name));
        let found = (next..statement.column_count()).chain(0..next).find(is_it);
        let column = found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        known.push((name, column));
        Ok(column)
    }
}

/// A row of many columns, or one of very many.
pub struct InOrder<'c, 's> {
    row: &'c Row<'s>,
    columns: &'c Columns,
    read: Cell<usize>,
}

impl<'c> InOrder<'c, '_> {
    pub fn get<T: FromSql>(&self, name: &'static str) -> rusqlite::Result<T> {
        self.row.get(self.column(name)?)
    }

    pub fn get_ref(&self, name: &'static str) -> rusqlite::Result<ValueRef<'c>> {
        self.row.get_ref(self.column(name)?)
    }

    fn column(&self, name: &'static str) -> rusqlite::Result<usize> {
        let read = self.read.replace(self.read.get() + 1);
        self.columns.column(read, name, self.row)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Row};

    use super::Columns;

    #[test]
    fn columns_are_found_by_name_in_whichever_order_they_are_read() {
        let conn = Connection::open_in_memory().unwrap();
        let read = |names: [&'static str; 3]| {
            let values = |row: &Row| {
                let columns = Columns::default();
                let row = columns.of(row);
                Ok(names.map(|name| row.get::<i64>(name).unwrap_or(0)))
            };
            conn.query_row("SELECT 1 AS one, 2 AS two, 3 AS three", [], values).unwrap()
        };
        assert_eq!(read(["one", "two", "three"]), [1, 2, 3]);
        assert_eq!(read(["three", "one", "one"]), [3, 1, 1]);
        assert_eq!(read(["two", "four", "three"]), [2, 0, 3]);
    }

    #[test]
    fn each_row_is_read_right_whichever_columns_the_one_before_needed() {
        let conn = Connection::open_in_memory().unwrap();
        let mut statement = conn.prepare("VALUES (1, 2, 3), (0, 5, 6), (7, 8, 9)").unwrap();
        let columns = Columns::default();
        let rows = statement.query_map([], |row| {
            let row = columns.of(row);
            let first: i64 = row.get("column1")?;
            let second: i64 = if first == 0 { 0 } else { row.get("column2")? };
            Ok((first, second, row.get::<i64>("column3")?))
        });
        let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        assert_eq!(rows, [(1, 2, 3), (0, 0, 6), (7, 8, 9)]);
    }
}
