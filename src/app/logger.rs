use std::io::Write;

use log::{LevelFilter, Log, Metadata, Record};
use serde_json::json;

use crate::config::LogFormat;
use crate::store::Clock;

/// Writes what the box has to say to standard error, one line each.
struct Logger(LogFormat);

/// Starts the log; only the first call counts.
pub fn start(format: LogFormat) {
    if log::set_boxed_logger(Box::new(Logger(format))).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

impl Log for Logger {
    /// What is meant for the owner of the box: libraries, and code they put into ours, speak to developers.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "box"
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = line(self.0, &Clock::system().now().to_string(), record);
            // A log that cannot be written has nowhere to complain.
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
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
    use log::{Level, Record};

    use super::{LogFormat, line};

    #[test]
    fn an_entry_is_one_line_in_either_format() {
        let record = Record::builder().args(format_args!("two\nlines")).level(Level::Warn).build();
        assert_eq!(line(LogFormat::Text, "now", &record), "now WARN  two lines");
        assert_eq!(line(LogFormat::Json, "now", &record), r#"{"at":"now","level":"warn","message":"two\nlines"}"#);
    }
}
