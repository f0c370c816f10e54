use std::fmt::Display;
use std::fs::File;
use std::io::{ErrorKind, IsTerminal, Write, stdout};
use std::path::Path;

/// Stands for standard output where a file is named.
pub fn is_stdout(dest: &Path) -> bool {
    dest.as_os_str() == "-"
}

/// Writes a line to standard output; whoever read it may be gone, which is an error and no panic.
pub fn say(line: impl Display) -> Result<(), String> {
    writeln!(stdout().lock(), "{line}").map_err(|error| unsaid(&error))
}

/// Whether a person looks at standard output.
pub fn on_terminal() -> bool {
    stdout().is_terminal()
}

/// Refuses to write a file to standard output where a person looks at it.
pub fn may_pour() -> Result<(), String> {
    if on_terminal() {
        return Err("Standard output is a terminal, and this is no text: send it to a file or a program.".into());
    }
    Ok(())
}

/// Writes a whole file to standard output, and nothing else.
pub fn pour(mut file: File) -> Result<(), String> {
    let mut out = stdout().lock();
    std::io::copy(&mut file, &mut out).and_then(|_| out.flush()).map_err(|error| unsaid(&error))
}

fn unsaid(error: &std::io::Error) -> String {
    let why = match error.kind() {
        ErrorKind::BrokenPipe => "whoever read it has gone".into(),
        ErrorKind::StorageFull => "the disk of the file it goes to is full".into(),
        _ => error.to_string(),
    };
    format!("The answer could not be written to standard output: {why}.")
}
