//! A signal ends the box as it should end, or does nothing.

use serde_json::json;

use crate::lists::box_of;
use crate::venue::{Venue, wish};

#[test]
fn a_signal_ends_the_box_as_it_should_end_or_does_nothing() {
    let send = |venue: &Venue, name: &str| {
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &venue.pid().to_string()]).status();
        assert!(sent.unwrap().success(), "{name}");
    };
    let mut venue = box_of(0);
    let mut dj = venue.host("djane");
    assert_eq!(dj.post("/api/djane/event", &json!({ "name": "Tonight" })).status, 201);
    for (n, name) in ["HUP", "USR1", "USR2", "ALRM", "VTALRM", "PROF", "IO", "XFSZ"].iter().enumerate() {
        send(&venue, name);
        let asked = dj.post("/api/djane/requests", &wish(&format!("After {n}")));
        assert_eq!(asked.status, 201, "after SIG{name}: {}", asked.body);
    }
    for name in ["QUIT", "INT", "PWR", "TERM"] {
        let mut dj = venue.host("djane");
        assert_eq!(dj.post("/api/djane/requests", &wish(&format!("Before {name}"))).status, 201);
        send(&venue, name);
        let (code, dir) = venue.ended();
        assert_eq!(code, Some(0), "SIG{name}");
        let left: Vec<String> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(left.iter().all(|file| !file.contains("-wal") && !file.contains("core")), "SIG{name}: {left:?}");
        venue = Venue::of(dir, &[]);
        let kept = venue.host("djane").get("/api/djane/requests").body;
        assert!(kept.contains(&format!("Before {name}")), "SIG{name} lost a wish");
    }
}
