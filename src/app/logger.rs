//! What the box says on standard error: one line each, as text or JSON, and never enough to fill a disk.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Log, Metadata, Record};
use serde_json::json;

use crate::config::LogFormat;
use crate::store::Clock;

/// Lines a minute at most: a fault that repeats itself must not fill the disk it complains about.
const LINES: u32 = 600;
const MINUTE: Duration = Duration::from_secs(60);

/// Writes what the box has to say to standard error, one line each.
struct Logger(LogFormat, Mutex<Minute>);

/// A minute: when it began, and how many lines came in it.
struct Minute(Instant, u32);

impl Minute {
    /// Whether one more line may be written, and how many were left out in the minute that has just ended.
    fn admit(&mut self, now: Instant) -> (bool, u32) {
        let mut left_out = 0;
        if now.saturating_duration_since(self.0) >= MINUTE {
            left_out = self.1.saturating_sub(LINES);
            *self = Self(now, 0);
        }
        self.1 = self.1.saturating_add(1);
        (self.1 <= LINES, left_out)
    }
}

/// Starts the log; only the first call counts.
pub fn start(format: LogFormat) {
    if log::set_boxed_logger(Box::new(Logger(format, Mutex::new(Minute(Instant::now(), 0))))).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

impl Log for Logger {
    /// Only our own lines, which are written for the owner; those of libraries are for developers.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "box"
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let (may, left_out) = self.1.lock().unwrap_or_else(PoisonError::into_inner).admit(Instant::now());
        let at = Clock::system().now().to_string();
        let mut lines = String::new();
        if left_out > 0 {
            let told = format_args!("{left_out} more lines of the minute before were left out.");
            lines += &line(self.0, &at, &Record::builder().level(Level::Warn).args(told).build());
            lines.push('\n');
        }
        if may {
            lines += &line(self.0, &at, record);
            lines.push('\n');
        }
        // A log that cannot be written has nowhere to complain.
        let _ = std::io::stderr().lock().write_all(lines.as_bytes());
    }

    fn flush(&self) {}
}

fn line(format: LogFormat, at: &str, record: &Record<'_>) -> String {
    let message = record.args().to_string();
    match format {
        LogFormat::Text => format!("{at} {:<5} {}", record.level(), message.replace('\n', " ")),
        LogFormat::Json => {
            let level = record.level().as_str().to_lowercase();
            json!({ "at": at, "level": level, "message": message }).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, LINES, Level, LogFormat, MINUTE, Minute, Record, line};

    #[test]
    fn a_fault_that_repeats_itself_does_not_fill_the_disk() {
        let begun = Instant::now();
        let mut minute = Minute(begun, 0);
        let written = (0..10_000).filter(|_| minute.admit(begun).0).count();
        assert_eq!(u32::try_from(written).unwrap(), LINES);
        assert_eq!(minute.admit(begun + MINUTE), (true, 10_000 - LINES), "what was left out is told");
        assert_eq!(minute.admit(begun + MINUTE), (true, 0));
    }

    #[test]
    fn an_entry_is_one_line_in_either_format() {
        let record = Record::builder().args(format_args!("two\nlines")).level(Level::Warn).build();
        assert_eq!(line(LogFormat::Text, "now", &record), "now WARN  two lines");
        assert_eq!(line(LogFormat::Json, "now", &record), r#"{"at":"now","level":"warn","message":"two\nlines"}"#);
    }
}
