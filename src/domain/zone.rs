//! The venue's time zone: nights and moments as people there call them.

use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, ZonedDateTime};

use super::Timestamp;

/// A time zone: what the clock on the venue's wall shows. Its rules are in the binary, since a small box may have none.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of a name such as `Europe/Berlin`; `None` where there is none of that name.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// A zone that was found out otherwise.
    pub fn of(zone: TimeZone) -> Self {
        Self(zone)
    }

    /// `Europe/Berlin` and the like; the present offset where the zone has no name.
    pub fn name(&self, now: Timestamp) -> String {
        self.0.iana_name().map_or_else(|| self.offset(now), str::to_owned)
    }

    fn at(&self, at: Timestamp) -> ZonedDateTime {
        Moment::from_millisecond(at.0).unwrap_or(Moment::UNIX_EPOCH).to_zoned_datetime(self.0.clone())
    }

    /// The day at the venue, `YYYY-MM-DD`.
    pub fn day(&self, at: Timestamp) -> String {
        self.at(at).strftime("%Y-%m-%d").to_string()
    }

    /// Day, hour and minute at the venue with the zone's letters, which tell the hour that comes twice in autumn apart.
    pub fn clock(&self, at: Timestamp) -> String {
        self.at(at).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// Date and time at the venue as spreadsheets read them, `YYYY-MM-DD HH:MM:SS`.
    pub fn local(&self, at: Timestamp) -> String {
        self.at(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// How far the venue is from UTC at a moment, `+01:00`.
    pub fn offset(&self, at: Timestamp) -> String {
        self.at(at).strftime("%:z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, Zone};

    /// 2026-10-25 00:30 UTC, half past two at night in Berlin, for the first time.
    const FIRST: Timestamp = Timestamp(1_792_888_200_000);

    #[test]
    fn the_hour_that_comes_twice_in_autumn_is_told_apart() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let again = FIRST.plus_ms(3_600_000);
        assert_eq!(berlin.clock(FIRST), "2026-10-25 02:30 CEST");
        assert_eq!(berlin.clock(again), "2026-10-25 02:30 CET");
        assert_eq!((berlin.local(FIRST), berlin.offset(FIRST)), ("2026-10-25 02:30:00".into(), "+02:00".into()));
        assert_eq!((berlin.local(again), berlin.offset(again)), ("2026-10-25 02:30:00".into(), "+01:00".into()));
    }

    #[test]
    fn a_night_belongs_to_the_day_it_began_on_at_the_venue() {
        // A quarter past eleven in the evening in New York, and the next day in Berlin and in UTC.
        let late = Timestamp(1_792_898_100_000 + 6 * 86_400_000);
        assert_eq!(Zone::named("UTC").unwrap().day(late), "2026-10-31");
        assert_eq!(Zone::named("America/New_York").unwrap().day(late), "2026-10-30");
        assert_eq!(Zone::named("Asia/Kolkata").unwrap().offset(late), "+05:30");
    }

    #[test]
    fn a_zone_is_known_by_its_name_and_no_other() {
        assert_eq!(Zone::named("europe/berlin").unwrap().name(FIRST), "Europe/Berlin");
        for none in ["", "Berlin", "CEST", "Mars/Olympus", "../etc/passwd", "+02:00"] {
            assert!(Zone::named(none).is_none(), "{none}");
        }
    }
}
