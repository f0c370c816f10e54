//! The doctor says what is wrong, and what to do.

use std::path::Path;

use crate::venue::Venue;

#[test]
fn the_doctor_of_a_box_that_was_started_on_another_port_says_so_and_takes_the_same_flags() {
    let venue = Venue::fresh(&[]);
    let folder = venue.file().parent().unwrap().to_owned();
    let ask = |flags: &[&str]| {
        let mut doctor = crate::venue::program();
        doctor.arg("--data").arg(&folder).arg("doctor").args(flags);
        doctor.env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1");
        let said = String::from_utf8(doctor.output().unwrap().stdout).unwrap();
        said.lines().find(|line| line.contains(" port ")).unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    let other = crate::nginx::free_port().to_string();
    let said = ask(&["--address", "127.0.0.1", "--port", &other]);
    assert!(said.starts_with("note") && said.contains("on another port") && said.contains("--port"), "{said}");
    let port = venue.port().to_string();
    let said = ask(&["--address", "127.0.0.1", "--port", &port]);
    assert!(said.starts_with("ok") && said.contains("runs on this data folder"), "{said}");
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let venue = Venue::fresh(&[]);
    let folder = venue.file().parent().unwrap().to_owned();
    let port = venue.port().to_string();
    let doctor = |folder: &Path| {
        let out = crate::venue::program()
            .arg("--data")
            .arg(folder)
            .arg("doctor")
            .env("PARTYPLAYLIST_SERVER__ADDRESS", "127.0.0.1")
            .env("PARTYPLAYLIST_SERVER__PORT", &port)
            .env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1")
            .output()
            .unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap())
    };
    let (code, said) = doctor(&folder);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("opens well") && said.contains("runs on this data folder"), "{said}");
    assert!(said.lines().any(|line| line.starts_with("note") && line.contains("Spotify")), "{said}");
    std::fs::rename(folder.join("partyplaylist.key"), folder.join("elsewhere")).unwrap();
    let (code, said) = doctor(&folder);
    assert!(code == Some(1) && said.contains("WRONG  key") && said.contains("Put it back"), "{said}");
    drop(venue);
    let around = tempfile::tempdir().unwrap();
    let (code, said) = doctor(&around.path().join("nowhere"));
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note   folder    is not there yet: the first start makes it"), "{said}");
}
