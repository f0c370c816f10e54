//! What runs how often: a thread that goes by the time reads its rows here, from the top.
//!
//! When a DJ's player is polled their night says (`domain::next_poll`), on the threads of the watch list.

use std::time::Duration;

use super::announcer::Announcer;
use super::housekeeping::Housekeeping;
use super::maintenance::Maintenance;
use super::network::Follower;
use super::rounds::Job;

/// Quiet time after the start: a party that comes back from a pulled plug goes first.
const QUIET: Duration = minutes(10);

/// A page that hears no sign of life for longer knows it is cut off.
pub const ANNOUNCER: &[Job<Announcer>] = &[Job::every(seconds(15), "beat", Announcer::beat).after(seconds(15))];

/// A code on a page is wrong no longer than that.
pub const NETWORK: &[Job<Follower>] =
    &[Job::every(seconds(1), "look at the network", Follower::refresh).after(seconds(1))];

pub const HOUSEKEEPING: &[Job<Housekeeping>] = &[
    // First of all: what runs out runs out by a clock that nobody has set since.
    Job::every(seconds(5), "follow the clock", Housekeeping::follow_clock),
    Job::every(seconds(5), "watch the followers", Housekeeping::watch_followers),
    Job::every(seconds(5), "end overdue events", Housekeeping::end_overdue),
    Job::every(seconds(5), "forget sign-ins", Housekeeping::forget_sign_ins),
    Job::every(hours(1), "trim the record", Housekeeping::trim_record),
    Job::every(seconds(5), "look for room", Housekeeping::probe_for_room),
    Job::every(seconds(5), "forget channels", Housekeeping::forget_channels),
    Job::every(minutes(1), "forget pictures", Housekeeping::forget_pictures),
];

pub const MAINTENANCE: &[Job<Maintenance>] = &[
    Job::once("clear up after the last run", Maintenance::clear_up),
    Job::once("look through the database", Maintenance::scan_for_damage),
    Job::every(hours(1), "clear up", Maintenance::clear_up).after(QUIET),
    Job::every(hours(1), "back up nightly", Maintenance::back_up).after(QUIET),
    Job::every(hours(1), "forget people", Maintenance::forget_people).after(QUIET),
    Job::every(hours(1), "tidy up", Maintenance::tidy).after(QUIET),
];

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn minutes(count: u64) -> Duration {
    seconds(60 * count)
}

const fn hours(count: u64) -> Duration {
    minutes(60 * count)
}
