//! When the night's backup is due.

use super::Timestamp;

const HOUR_MS: i64 = 3_600_000;

/// Whether the night's backup should be made: about once a day, while no party runs if that can be waited for.
pub fn backup_is_due(newest: Option<Timestamp>, party: bool, now: Timestamp) -> bool {
    // One from the future was made before the clock was set right: it says nothing.
    let Some(age) = newest.map(|at| now.ms_since(at)).filter(|age| *age >= 0) else { return true };
    age > if party { 28 * HOUR_MS } else { 20 * HOUR_MS }
}

#[cfg(test)]
mod tests {
    use super::{HOUR_MS, Timestamp, backup_is_due};

    #[test]
    fn a_backup_is_made_once_a_day_and_waits_for_the_party_to_end() {
        let now = Timestamp(100 * HOUR_MS);
        let due = |hours: i64, party| backup_is_due(Some(now.plus_ms(-hours * HOUR_MS)), party, now);
        assert!(backup_is_due(None, true, now));
        assert!(!due(19, false) && due(21, false));
        assert!(!due(21, true) && due(29, true));
        assert!(due(-5, false), "a copy from the future");
    }
}
