//! Reads a password from standard input.

use std::io::{ErrorKind, IsTerminal, Read};

use crate::domain::Password;

/// Bytes that are read: more than any password has.
const MOST: u64 = 4096;

/// The password on standard input: one line and nothing after it, with or without an end of either kind.
pub fn read() -> Result<Password, String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Err("Standard input is a terminal, where everybody would read the password: send it from a file or a program, as in `partyplaylist user password NAME --password-stdin < FILE`.".into());
    }
    let mut bytes = Vec::new();
    input.lock().take(MOST).read_to_end(&mut bytes).map_err(|error| match error.kind() {
        ErrorKind::IsADirectory => "Standard input is a folder: send the password in.".into(),
        _ => format!("No password could be read from standard input: {error}."),
    })?;
    one_line(&bytes).and_then(|line| Password::parse(line).map_err(|refusal| refusal.sentence()))
}

/// Takes off what editors put around a line. Refuses what is none, or more than one.
fn one_line(bytes: &[u8]) -> Result<&str, String> {
    let utf16 = "Standard input is not UTF-8 text: save the password as UTF-8 and send it again.";
    let text = std::str::from_utf8(bytes).map_err(|_| utf16)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err("No password came on standard input: send one line.".into()),
        more if more.contains(['\n', '\r']) => {
            Err("More than one line came on standard input: send the password alone, on one line.".into())
        }
        line => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_password_is_one_line_however_it_ends_and_never_two() {
        for whole in ["party-demo", "party-demo\n", "party-demo\r\n", "\u{feff}party-demo\r\n"] {
            assert_eq!(one_line(whole.as_bytes()), Ok("party-demo"), "{whole:?}");
        }
        assert_eq!(one_line(b" with spaces \n"), Ok(" with spaces "));
        for more in ["one\ntwo", "one\ntwo\n", "one\n\n", "one\r\n\r\n", "one\rtwo", "\n\n", "\none"] {
            assert!(one_line(more.as_bytes()).unwrap_err().contains("More than one line"), "{more:?}");
        }
        for nothing in ["", "\n", "\r\n", "\u{feff}", "\u{feff}\n"] {
            assert!(one_line(nothing.as_bytes()).unwrap_err().contains("No password came"), "{nothing:?}");
        }
        for odd in [&b"party-demo\xff"[..], b"\xff\xfep\0a\0r\0t\0y\0"] {
            assert!(one_line(odd).unwrap_err().contains("not UTF-8"), "{odd:?}");
        }
    }
}
