//! A row that is read as its columns stand, so that a long line costs no more by names than by numbers.

use std::cell::Cell;

use rusqlite::Row;
use rusqlite::types::{FromSql, ValueRef};

/// A row of many columns, or one of very many: each column is looked for by its name from behind the last one on, so that
/// reading them as they stand looks at each once.
pub struct InOrder<'r, 's> {
    row: &'r Row<'s>,
    next: Cell<usize>,
}

impl<'r, 's> InOrder<'r, 's> {
    pub fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: Cell::new(0) }
    }

    pub fn get<T: FromSql>(&self, name: &str) -> rusqlite::Result<T> {
        self.row.get(self.column(name)?)
    }

    pub fn get_ref(&self, name: &str) -> rusqlite::Result<ValueRef<'r>> {
        self.row.get_ref(self.column(name)?)
    }

    fn column(&self, name: &str) -> rusqlite::Result<usize> {
        let (statement, next) = (self.row.as_ref(), self.next.get());
        let is_it = |at: &usize| statement.column_name(*at).is_ok_and(|found| found.eq_ignore_ascii_case(name));
        let found = (next..statement.column_count()).chain(0..next).find(is_it);
        let at = found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        self.next.set(at + 1);
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Row};

    use super::InOrder;

    #[test]
    fn columns_are_found_by_name_in_whichever_order_they_are_read() {
        let conn = Connection::open_in_memory().unwrap();
        let read = |names: [&str; 3]| {
            let values = |row: &Row| {
                let row = InOrder::of(row);
                Ok(names.map(|name| row.get::<i64>(name).unwrap_or(0)))
            };
            conn.query_row("SELECT 1 AS one, 2 AS two, 3 AS three", [], values).unwrap()
        };
        assert_eq!(read(["one", "two", "three"]), [1, 2, 3]);
        assert_eq!(read(["three", "one", "one"]), [3, 1, 1]);
        assert_eq!(read(["two", "four", "three"]), [2, 0, 3]);
    }
}
