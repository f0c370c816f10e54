use std::fmt::Display;
use std::io::Write;

/// Writes a line to standard output; whoever read it may be gone, which is an error and no panic.
pub fn say(line: impl Display) -> Result<(), String> {
    writeln!(std::io::stdout().lock(), "{line}").map_err(|error| format!("The answer could not be written: {error}"))
}
