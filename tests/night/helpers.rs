//! Who helps by a link: what they may, and how it ends.

use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use crate::venue::Venue;

#[test]
fn a_helper_approves_and_rejects_under_their_name_and_nothing_else() {
    let venue = Venue::demo();
    let (mut host, mut helper) = (venue.as_host("johnsmith"), venue.as_helper("johnsmith"));
    let page = helper.page();
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Second Hand Sun") && page.body.contains("Helping as"));
    let waiting = host.requests("pending");
    assert_eq!(helper.act(&waiting[0], "approve").json()["request"]["status"], "approved");
    let late = helper.act(&waiting[0], "reject").refusal();
    assert_eq!(late, (409, "wrong_state".into()), "what is decided is the host's");
    assert_eq!(helper.act(&waiting[1], "reject").json()["request"]["status"], "rejected");
    for other in ["play-next", "playing", "played", "retry"] {
        assert_eq!(helper.act(&waiting[0], other).status, 401, "{other}");
    }
    let record = host.record();
    let by_lena = record.iter().filter(|entry| entry["actor"] == "helper Lena");
    let deeds: Vec<_> = by_lena.map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["reject", "approve"]);
    let listening = helper.live();
    let link = host.helpers().remove(0);
    assert_eq!(host.part_with(&link).status, 204);
    let heard: Vec<_> = std::iter::from_fn(|| listening.recv_timeout(Duration::from_secs(10)).ok()).collect();
    // What was decided before may still be told.
    let words = heard.iter().map(|said| said.event.as_str()).filter(|word| *word != "change");
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["hello", "reload"],
        "the stream ends with the link, not at the next beat, and the page with it"
    );
    assert_eq!(listening.try_recv().unwrap_err(), TryRecvError::Disconnected);
    assert_eq!(helper.page().status, 401);
}
