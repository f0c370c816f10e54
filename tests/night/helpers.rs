//! Who helps by a link: what they may, and how it ends.

use serde_json::json;

use crate::venue::{Caller, Venue};

#[test]
fn a_helper_approves_and_rejects_under_their_name_and_nothing_else() {
    let venue = Venue::demo();
    let (mut dj, mut helper) = (venue.host("johnsmith"), venue.helper("johnsmith"));
    let page = helper.get("/johnsmith/helper");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Second Hand Sun") && page.body.contains("Helping as"));
    let waiting = dj.get("/api/johnsmith/requests?status=pending").json()["requests"].clone();
    let id = |n: usize| waiting[n]["id"].as_str().unwrap().to_owned();
    let act = |helper: &mut Caller, n: usize, act: &str| {
        helper.post(&format!("/api/johnsmith/requests/{}/{act}", id(n)), &json!({}))
    };
    assert_eq!(act(&mut helper, 0, "approve").json()["request"]["status"], "approved");
    assert_eq!(act(&mut helper, 0, "reject").refusal(), (409, "wrong_state".into()), "what is decided is the host's");
    assert_eq!(act(&mut helper, 1, "reject").json()["request"]["status"], "rejected");
    for other in ["play-next", "playing", "played", "retry"] {
        assert_eq!(act(&mut helper, 0, other).status, 401, "{other}");
    }
    let entries = dj.get("/api/johnsmith/audit").json()["entries"].clone();
    let deeds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["actor"] == "helper Lena")
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(deeds, ["reject", "approve"]);
    let listening = helper.listen("/api/johnsmith/helper/live");
    let link = dj.get("/api/johnsmith/helpers").json()["helpers"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(dj.delete(&format!("/api/johnsmith/helpers/{link}")).status, 204);
    let heard: Vec<_> =
        std::iter::from_fn(|| listening.recv_timeout(std::time::Duration::from_secs(10)).ok()).collect();
    let words: Vec<&str> = heard.iter().map(|said| said.event.as_str()).collect();
    assert_eq!(words, ["hello", "reload"], "the stream ends with the link, not at the next beat, and the page with it");
    assert_eq!(listening.try_recv().unwrap_err(), std::sync::mpsc::TryRecvError::Disconnected);
    assert_eq!(helper.get("/johnsmith/helper").status, 401);
}
