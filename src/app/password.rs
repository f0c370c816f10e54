//! Reads a password from standard input.

use std::io::{ErrorKind, IsTerminal, Read};

use super::error::{Error, Result};
use crate::domain::Password;

/// Bytes to read at most; a password has fewer.
const MOST: u64 = 4096;

/// The password on standard input: exactly one line, whether or not it ends in a line break.
pub fn read() -> Result<Password> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return refused(
            "Standard input is a terminal, where everybody would read the password: send it from a file or a program, as in `partyplaylist user password NAME --password-stdin < FILE`.",
        );
    }
    let mut bytes = Vec::new();
    input.lock().take(MOST).read_to_end(&mut bytes).map_err(|error| match error.kind() {
        ErrorKind::IsADirectory => Error::Refused("Standard input is a folder: send the password in.".into()),
        _ => Error::Refused(format!("No password could be read from standard input: {error}.")),
    })?;
    Ok(Password::parse(one_line(&bytes)?)?)
}

/// Takes off a byte order mark and a line break. Refuses no line and more than one.
fn one_line(bytes: &[u8]) -> Result<&str> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refused("Standard input is not UTF-8 text: save the password as UTF-8 and send it again.");
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => refused("No password came on standard input: send one line."),
        more if more.contains(['\n', '\r']) => {
            refused("More than one line came on standard input: send the password alone, on one line.")
        }
        line => Ok(line),
    }
}

fn refused<T>(sentence: &str) -> Result<T> {
    Err(Error::Refused(sentence.into()))
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_password_is_one_line_however_it_ends_and_never_two() {
        for whole in ["party-demo", "party-demo\n", "party-demo\r\n", "\u{feff}party-demo\r\n"] {
            assert_eq!(one_line(whole.as_bytes()).unwrap(), "party-demo", "{whole:?}");
        }
        assert_eq!(one_line(b" with spaces \n").unwrap(), " with spaces ");
        for more in ["one\ntwo", "one\ntwo\n", "one\n\n", "one\r\n\r\n", "one\rtwo", "\n\n", "\none"] {
            assert!(one_line(more.as_bytes()).unwrap_err().to_string().contains("More than one line"), "{more:?}");
        }
        for nothing in ["", "\n", "\r\n", "\u{feff}", "\u{feff}\n"] {
            assert!(one_line(nothing.as_bytes()).unwrap_err().to_string().contains("No password came"), "{nothing:?}");
        }
        for odd in [&b"party-demo\xff"[..], b"\xff\xfep\0a\0r\0t\0y\0"] {
            assert!(one_line(odd).unwrap_err().to_string().contains("not UTF-8"), "{odd:?}");
        }
    }
}
