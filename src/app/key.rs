use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The box's own key; made on first start, readable by its owner only. Refuses a file that is not a key.
pub fn load_or_make(data: &Path) -> Result<[u8; 32], String> {
    let path = data.join("partyplaylist.key");
    let name = path.display();
    if !path.exists() {
        make(data).map_err(|error| format!("The key {name} cannot be made: {error}"))?;
    }
    let text = std::fs::read_to_string(&path).map_err(|error| format!("The key {name} cannot be read: {error}"))?;
    let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| {
        format!("{name} is not a key. Put the right file back, or move it away to make a new one (everybody signs in again).")
    })
}

/// Written under another name first, so that a plug pulled here leaves no half key.
fn make(data: &Path) -> std::io::Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let unfinished = data.join("partyplaylist.key.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    writeln!(file, "{}", STANDARD.encode(bytes))?;
    file.sync_all()?;
    std::fs::rename(&unfinished, data.join("partyplaylist.key"))?;
    File::open(data)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::load_or_make;

    #[test]
    fn the_key_is_made_once_and_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let key = load_or_make(dir.path()).unwrap();
        assert_eq!(load_or_make(dir.path()).unwrap(), key);
        let mode = std::fs::metadata(dir.path().join("partyplaylist.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_not_a_key_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("partyplaylist.key"), "short").unwrap();
        assert!(load_or_make(dir.path()).unwrap_err().contains("is not a key"));
        assert_eq!(std::fs::read_to_string(dir.path().join("partyplaylist.key")).unwrap(), "short");
    }
}
