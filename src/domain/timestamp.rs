//! A moment in milliseconds since 1970.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in milliseconds since 1970-01-01 UTC; written as RFC 3339 in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment moved by `ms` milliseconds, which may be negative.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; negative when it lies before.
    pub fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since 1970, as tokens count them.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    fn moment(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Hour and minute in UTC, `HH:MM`; pages put the reader's own zone over it.
    pub fn clock(self) -> String {
        let at = self.moment();
        format!("{:02}:{:02}", at.hour(), at.minute())
    }

    /// The moment as a part of a file's name, on any disk.
    pub fn stamp(self) -> String {
        self.to_string().replace([':', '.'], "-")
    }

    /// The day in UTC, `YYYY-MM-DD`.
    pub fn day(self) -> String {
        self.moment().date().to_string()
    }
}

/// RFC 3339 with all three digits of the milliseconds, so that times compare as texts too.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.moment();
        let (day, hour, minute, second, ms) = (at.date(), at.hour(), at.minute(), at.second(), at.millisecond());
        write!(f, "{day}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_moment_is_written_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(1_700_000_000_123).to_string(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Timestamp::parse("2023-11-14T22:13:20.123Z"), Some(Timestamp(1_700_000_000_123)));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn a_later_moment_is_the_later_text_whatever_its_milliseconds() {
        let texts: Vec<_> = (1_700_000_000_090..1_700_000_001_110).map(|ms| Timestamp(ms).to_string()).collect();
        assert!(texts.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn a_moment_before_1970_is_still_a_moment() {
        assert_eq!(Timestamp(-1000).to_string(), "1969-12-31T23:59:59.000Z");
        assert_eq!(Timestamp(-1).seconds(), -1);
    }
}
