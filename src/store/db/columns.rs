//! How the domain's ids, times and words stand in a column, so that no statement translates them by hand.
//!
//! What the domain cannot read is a fault of the database, never an absence.

use std::any::type_name;

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use crate::domain::{
    AccountStatus, ClientId, CoverId, EventStatus, Health, Id, Line, Order, Outcome, PlaybackState, Role, Status,
    Timestamp, Username,
};

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl<Kind> ToSql for Id<Kind> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl<Kind> FromSql for Id<Kind> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for Username {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Username {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for CoverId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for CoverId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for ClientId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for ClientId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for Role {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Role {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for AccountStatus {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for AccountStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for Outcome {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Outcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for EventStatus {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for EventStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for Status {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Status {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for Order {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Order {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for PlaybackState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for PlaybackState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl ToSql for Health {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for Health {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        read(value, Self::parse)
    }
}

impl<const MAX: usize> ToSql for Line<MAX> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

fn read<T>(value: ValueRef<'_>, parse: impl FnOnce(&str) -> Option<T>) -> FromSqlResult<T> {
    parse(value.as_str()?).ok_or_else(|| FromSqlError::Other(format!("unknown {}", type_name::<T>()).into()))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use rusqlite::types::FromSql;
    use rusqlite::{Connection, ToSql, named_params};

    use crate::domain::{
        AccountStatus, ClientId, CoverId, EventStatus, Health, Id, Line, Order, Outcome, PlaybackState, Role, Status,
        Timestamp, UserId, Username,
    };

    fn answer<T: FromSql>(value: impl ToSql) -> rusqlite::Result<T> {
        let conn = Connection::open_in_memory().unwrap();
        conn.query_row("SELECT :value AS value", named_params! { ":value": value }, |row| row.get("value"))
    }

    fn comes_back<T: FromSql + ToSql + PartialEq + Debug>(values: impl IntoIterator<Item = T>) {
        for value in values {
            assert_eq!(answer::<T>(&value).unwrap(), value);
            assert_eq!(answer::<Option<T>>(&value).unwrap(), Some(value));
        }
        assert_eq!(answer::<Option<T>>(None::<T>).unwrap(), None, "only NULL is an absence");
    }

    fn is_a_fault<T: FromSql + Debug>(value: impl ToSql) {
        assert!(answer::<T>(&value).is_err());
        assert!(answer::<Option<T>>(&value).is_err(), "read as absent");
    }

    #[test]
    fn what_goes_into_a_column_comes_out_of_it() {
        comes_back([Timestamp(0), Timestamp(-1), Timestamp(i64::MAX)]);
        comes_back([UserId::fresh()]);
        comes_back([Username::parse("johnsmith").unwrap()]);
        comes_back([CoverId::of("https://example.com/cover")]);
        comes_back([ClientId::parse(&"0a".repeat(16)).unwrap()]);
        comes_back([Role::Dj, Role::Superadmin]);
        comes_back([AccountStatus::Active, AccountStatus::Suspended]);
        comes_back(Outcome::ALL);
        comes_back([EventStatus::Live, EventStatus::Paused, EventStatus::Ended]);
        comes_back(Status::ALL);
        comes_back([Order::Arrival, Order::Votes, Order::Fair]);
        comes_back([PlaybackState::Playing, PlaybackState::Paused, PlaybackState::Idle]);
        comes_back([Health::Ok, Health::RateLimited, Health::NoDevice]);
        assert_eq!(answer::<String>(Line::<9>::parse(" a  song ").unwrap()).unwrap(), "a song");
        assert_eq!(answer::<i64>(Timestamp(7)).unwrap(), 7);
    }

    #[test]
    fn what_the_domain_does_not_know_is_a_fault_and_no_absence() {
        is_a_fault::<UserId>("no id");
        is_a_fault::<UserId>("");
        is_a_fault::<Username>("login");
        is_a_fault::<CoverId>("short");
        is_a_fault::<ClientId>("short");
        is_a_fault::<Role>("guest");
        is_a_fault::<AccountStatus>("gone");
        is_a_fault::<Outcome>("Allowed");
        is_a_fault::<EventStatus>("over");
        is_a_fault::<Status>("lost");
        is_a_fault::<Order>("chance");
        is_a_fault::<PlaybackState>("stopped");
        is_a_fault::<Health>("well");
        let fault = answer::<Role>("guest").unwrap_err().to_string();
        assert!(fault.contains("Role") && !fault.contains("guest"), "{fault}");
    }

    #[test]
    fn a_value_of_another_type_is_a_fault_too() {
        is_a_fault::<Timestamp>("2026-01-01");
        is_a_fault::<Timestamp>(1.5);
        is_a_fault::<UserId>(7);
        is_a_fault::<Role>(b"dj".as_slice());
        assert!(answer::<Timestamp>(None::<i64>).is_err(), "NULL is no time");
        assert!(answer::<Id<()>>(None::<String>).is_err(), "NULL is no id");
    }
}
