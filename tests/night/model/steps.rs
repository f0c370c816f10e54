//! What people do: each thing is done to the party in memory and to the box, and the answers are compared.

use serde_json::{Value, json};

use super::night::Entry;
use super::rules::{Act, Order, SONGS, Song, State, Yes};
use super::{Bookmark, Caller, DJS, Door, Night, Op, Party, Person, ROOM, Role, Run, Verdict, Who};
use super::{kept, no, read, text, token};

const NOBODY: &str = "01a207b0-1768-71d0-82f6-0e03fb7ce98d";
const EVERY: [State; 6] =
    [State::Pending, State::Approved, State::Playing, State::Played, State::Rejected, State::Withdrawn];

impl Run {
    /// The id of a request: mostly one in a state that suits, else any of tonight, of an earlier night, of another DJ.
    fn target(&mut self, t: usize, suits: &[State]) -> String {
        let other = &self.parties[(t + 1 + self.dice.below(2)) % DJS.len()];
        let any = tonight(&self.parties[t], &EVERY);
        let pool = match self.dice.below(100) {
            0..65 => tonight(&self.parties[t], suits),
            65..88 => vec![],
            88..92 => earlier(&self.parties[t]),
            92..96 => [tonight(other, &EVERY), earlier(other)].concat(),
            96..98 => self.deleted.clone(),
            _ => return NOBODY.into(),
        };
        self.dice.one_of(&pool).or_else(|| self.dice.one_of(&any)).unwrap_or_else(|| NOBODY.into())
    }

    pub(super) fn wish(&mut self, t: usize) {
        let who = self.who(t, Door::Inside);
        let song = &SONGS[self.dice.below(SONGS.len())];
        let key = self.dice.chance(45).then(|| format!("tap-{}", self.dice.below(5)));
        let in_body = self.dice.chance(25);
        let mut body = json!({ "title": song.title, "artist": song.artist });
        if let Some(uri) = song.uri {
            body["track_uri"] = json!(uri);
        }
        let mut caller = self.caller(t, who);
        match &key {
            Some(key) if in_body => body["key"] = json!(key),
            Some(key) => caller = caller.with("Idempotency-Key", key),
            None => {}
        }
        let mut verdict = self.pass(t, Door::Inside, who).and_then(|role| {
            let guest = if let Role::Guest(number) = role { Some(number) } else { None };
            // A form's key goes with its words.
            let words = format!("{} {} {:?}", song.title, song.artist, song.uri);
            let key = key.map(|key| if in_body { format!("{key} {words}") } else { key });
            self.parties[t].wish(guest, song, key.as_deref())
        });
        let answer = self.call_as(caller, (t, who), "POST requests", Some(body));
        if let (Ok(Yes { status: 201, request: Some(request), .. }), 201) = (&mut verdict, answer.status) {
            let id = text(&answer.json()["request"]["id"]);
            assert!(!self.known(&id), "{id} was given before");
            self.parties[t].christen(&id);
            request.id = id;
        }
        self.judge("wish", &answer, &verdict);
    }

    fn known(&self, id: &str) -> bool {
        self.parties.iter().any(|party| [tonight(party, &EVERY), earlier(party)].concat().iter().any(|one| one == id))
            || self.deleted.iter().any(|deleted| deleted == id)
    }

    pub(super) fn have_a_say(&mut self, t: usize, op: Op) {
        let who = self.who(t, Door::Guest);
        let mut id = self.target(t, &[State::Pending, State::Approved]);
        if let (Op::Withdraw, Who::Guest(n), true) = (op, who, self.dice.chance(60)) {
            let number = Some(self.people[n].number);
            let entries = self.parties[t].night.iter().flat_map(|night| night.entries.values());
            let own = |entry: &&Entry| entry.guest == number;
            let own: Vec<String> = entries.filter(own).map(|entry| entry.id.clone()).collect();
            id = self.dice.one_of(&own).unwrap_or(id);
        }
        let verdict = self.pass(t, Door::Guest, who).and_then(|role| {
            let Role::Guest(guest) = role else { unreachable!("only guests pass") };
            match op {
                Op::Vote => self.parties[t].vote(guest, &id, true),
                Op::Unvote => self.parties[t].vote(guest, &id, false),
                _ => self.parties[t].withdraw(guest, &id),
            }
        });
        let (name, method, tail) = match op {
            Op::Vote => ("vote", "POST", "vote"),
            Op::Unvote => ("unvote", "DELETE", "vote"),
            _ => ("withdraw", "POST", "withdraw"),
        };
        let body = (method == "POST").then(|| json!({}));
        let answer = self.call(t, who, &format!("{method} requests/{id}/{tail}"), body);
        self.judge(name, &answer, &verdict);
    }

    pub(super) fn decide(&mut self, t: usize, op: Op) {
        let who = self.who(t, Door::Host);
        let suits: &[State] = match op {
            Op::Act(act) => act.suits(),
            Op::PlayNext => Act::Reject.suits(),
            _ => &[State::Rejected, State::Approved, State::Played, State::Playing],
        };
        let id = self.target(t, suits);
        let verdict = self.pass(t, Door::Host, who).and_then(|_| match op {
            Op::Act(act) => self.parties[t].act(&id, act),
            Op::PlayNext => self.parties[t].play_next(&id),
            _ => self.parties[t].delete(&id),
        });
        let (name, what) = match op {
            Op::Act(act) => (act.word(), format!("POST requests/{id}/{}", act.word())),
            Op::PlayNext => ("play-next", format!("POST requests/{id}/play-next")),
            _ => ("delete", format!("DELETE requests/{id}")),
        };
        let answer = self.call(t, who, &what, (name != "delete").then(|| json!({})));
        self.judge(name, &answer, &verdict);
        if name == "delete" && verdict.is_ok() {
            self.deleted.push(id);
        } else if name == "play-next" && verdict.is_ok() {
            self.moved_by_hand(t);
        }
    }

    pub(super) fn reorder(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let seen = self.call(t, Who::Owner, "GET requests", None).json();
        let now = seen["version"].as_i64().unwrap();
        let night = self.parties[t].night.as_ref();
        let mark = self.bookmarks[t].as_ref().filter(|mark| night.is_some_and(|night| older(mark, night)));
        let stale = mark.map(|mark| mark.version);
        let version = match self.dice.below(100) {
            0..60 => now,
            60..85 => stale.unwrap_or(now - 1),
            85..93 => now - 1,
            _ => now + 1,
        };
        let mut ids = tonight(&self.parties[t], &[State::Approved]);
        self.dice.shuffle(&mut ids);
        if self.dice.chance(40) {
            ids.truncate(self.dice.below(ids.len() + 1));
        }
        match self.dice.below(20) {
            0 => ids.extend(ids.first().cloned()),
            1 => ids.push("not an id".into()),
            2 | 3 => ids.push(self.target(t, &[State::Pending, State::Played, State::Rejected])),
            _ => {}
        }
        let verdict = self.pass(t, Door::Host, who).and_then(|_| self.parties[t].reorder(&ids, version));
        let answer = self.call(t, who, "PUT queue", Some(json!({ "order": ids, "version": version })));
        self.judge("reorder", &answer, &verdict);
        if verdict.is_ok() {
            assert_eq!(read(&answer.json()["queue"]), self.queue(t));
            self.moved_by_hand(t);
        } else if answer.status == 409 {
            assert_eq!(answer.json()["error"]["version"], json!(now));
        }
    }

    /// Every order from before now is stale.
    fn moved_by_hand(&mut self, t: usize) {
        let version = self.call(t, Who::Owner, "GET requests", None).json()["version"].as_i64().unwrap();
        self.parties[t].night.as_mut().unwrap().moved = version;
    }

    pub(super) fn change(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let paused = self.dice.chance(70).then(|| self.dice.chance(15));
        let open = self.dice.chance(70).then(|| self.dice.chance(85));
        let mut body = json!({});
        if let Some(paused) = paused {
            body["status"] = json!(if paused { "paused" } else { "live" });
        }
        if let Some(open) = open {
            body["requests_open"] = json!(open);
        }
        let verdict = self.pass(t, Door::Host, who).and_then(|_| self.parties[t].change(paused, open));
        let answer = self.call(t, who, "PATCH event", Some(body));
        self.judge("event", &answer, &verdict);
        if verdict.is_ok() {
            self.compare_event(t, &answer.json()["event"]);
        }
    }

    pub(super) fn rule(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let mut rules = self.parties[t].rules.clone();
        for _ in 0..=self.dice.below(3) {
            match self.dice.below(7) {
                0 => rules.auto_approve = self.dice.chance(35),
                1 | 2 => rules.order = self.dice.one_of(&[Order::Arrival, Order::Votes, Order::Fair]).unwrap(),
                3 => rules.max_active = [0, 0, 1, 2, 3, 5][self.dice.below(6)],
                4 => rules.max_per_hour = [0, 0, 2, 4][self.dice.below(4)],
                5 => (rules.song_rests, rules.artist_rests) = (self.dice.chance(25), self.dice.chance(15)),
                _ => rules.barred = self.dice.chance(60),
            }
        }
        // Any subset of the rules will do; what is not named stays.
        let (mut patch, same) = (rules.json(), self.parties[t].rules.json());
        patch.as_object_mut().unwrap().retain(|name, value| *value != same[name] || self.dice.chance(20));
        let (odd, mut turned_down) = (self.dice.below(12), 0);
        match odd {
            0 => patch["max_per_hour"] = json!(1001),
            1 => patch["volume"] = json!(11),
            _ => {}
        }
        let verdict = self.pass(t, Door::Host, who).and_then(|_| match odd {
            0 => no(422, "invalid"),
            1 => no(400, "malformed"),
            _ => {
                turned_down = self.parties[t].rule(rules);
                Ok(Yes::plain(200))
            }
        });
        let answer = self.call(t, who, "PUT settings", Some(patch));
        self.judge("settings", &answer, &verdict);
        if verdict.is_ok() {
            self.compare_rules(t, &answer.json());
            assert_eq!(answer.json()["turned_down"], json!(turned_down));
            self.count("settings", if turned_down > 0 { "turned songs down" } else { "turned nothing down" });
        }
    }

    pub(super) fn announce(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let song: Option<&'static Song> = self.dice.chance(60).then(|| &SONGS[self.dice.below(SONGS.len())]);
        let verdict = self.pass(t, Door::Host, who).and_then(|_| self.parties[t].announce(song));
        let body = song.map_or(Value::Null, |song| json!({ "title": song.title, "artist": song.artist }));
        let answer = self.call(t, who, "PUT playback/manual", Some(body));
        self.judge("announce", &answer, &verdict);
        if verdict.is_ok() {
            self.compare_playback(t, &answer.json());
        }
    }

    pub(super) fn start(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let verdict = self.pass(t, Door::Host, who).and_then(|_| match self.parties[t].night {
            Some(_) => no(409, "event_active"),
            None => Ok(Yes::plain(201)),
        });
        let answer = if verdict.is_ok() {
            self.open(t, who)
        } else {
            self.call(t, who, "POST event", Some(json!({ "name": "Another" })))
        };
        self.judge("start", &answer, &verdict);
        if verdict.is_ok() {
            self.compare_event(t, &answer.json()["event"]);
        }
    }

    pub(super) fn end(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let ended = self.pass(t, Door::Host, who).and_then(|_| self.parties[t].end());
        let answer = self.call(t, who, "POST event/end", Some(json!({})));
        match ended {
            Ok(night) => {
                self.judge("end", &answer, &Ok(Yes::plain(200)));
                let report = &answer.json()["report"];
                assert_eq!(kept(report), self.parties[t].past.last().unwrap().requests);
                compare_totals(&report["totals"], &night);
            }
            Err(refusal) => self.judge("end", &answer, &Err(refusal)),
        }
    }

    pub(super) fn rotate(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let verdict = self.pass(t, Door::Host, who).and_then(|_| self.parties[t].change(None, None));
        let answer = self.call(t, who, "POST event/qr", Some(json!({})));
        self.judge("new qr", &answer, &verdict);
        if verdict.is_ok() {
            let (fresh, night) = (token(&answer.json()["join_url"]), self.parties[t].running().unwrap());
            night.old_tokens.push(std::mem::replace(&mut night.token, fresh));
            assert!(!night.old_tokens.contains(&night.token), "a new token");
        }
    }

    /// Somebody new, or somebody who is inside already, by PIN or token, right or wrong.
    pub(super) fn join(&mut self, t: usize) {
        let here = self.room(t, true);
        let again = self.dice.chance(20).then(|| self.dice.one_of(&here)).flatten();
        let wrong = again.is_none() && self.dice.chance(12);
        let by_pin = self.dice.chance(50);
        let night = self.parties[t].night.clone().unwrap_or_default();
        let dead = self.dice.one_of(&night.old_tokens).unwrap_or_else(|| "wrong".into());
        let body = match (by_pin, wrong) {
            (true, false) => json!({ "pin": night.pin }),
            (true, true) => json!({ "pin": format!("{:04}", (night.pin.parse().unwrap_or(0) + 1) % 10_000) }),
            (false, false) => json!({ "t": night.token }),
            (false, true) => json!({ "t": dead }),
        };
        let verdict = self.ticket(t, by_pin, wrong);
        let mut caller = again.map_or_else(|| self.venue.stranger(), |n| self.people[n].caller.clone());
        // People look at the door before they knock: from then on a cookie tells them from others at their address.
        if again.is_none() {
            caller.get(&format!("/{}", DJS[t]));
        }
        let answer = caller.post(&format!("/api/{}/join", DJS[t]), &body);
        self.note(format!(
            "{}: joins {} with {body} -> {}",
            again.map_or("Somebody".into(), |n| format!("Guest({n})")),
            DJS[t],
            answer.status
        ));
        self.judge(if again.is_some() { "join again" } else { "join" }, &answer, &verdict);
        if verdict.is_ok() {
            self.let_in(t, again, text(&answer.json()["guest"]["id"]), caller);
        }
    }

    fn ticket(&mut self, t: usize, by_pin: bool, wrong: bool) -> Verdict {
        self.parties[t].running()?;
        match (wrong, by_pin) {
            (false, _) => Ok(Yes::plain(200)),
            (true, false) => no(401, "wrong_join_link"),
            (true, true) => no(401, "wrong_pin"),
        }
    }

    /// Who comes back the same night is who they were; anybody else is new.
    fn let_in(&mut self, t: usize, again: Option<usize>, id: String, caller: Caller) {
        let night = self.parties[t].running().unwrap();
        if let Some(n) = again.filter(|n| self.people[*n].night == night.id) {
            assert_eq!(id, self.people[n].id, "a second scan makes no second voice");
            self.people[n].caller = caller;
            return;
        }
        night.joined += 1;
        let night = night.id.clone();
        assert!(!self.guests.contains(&id), "{id} is somebody else");
        let person = Person { number: self.guests.len(), id: id.clone(), party: t, night, caller };
        self.guests.push(id);
        match again {
            Some(n) => self.people[n] = person,
            None => self.people.push(person),
        }
        let here = self.room(t, true);
        if here.len() > ROOM {
            let gone = self.dice.one_of(&here).unwrap();
            self.people.remove(gone);
        }
    }
}

fn tonight(party: &Party, states: &[State]) -> Vec<String> {
    party.night.as_ref().map_or(vec![], |night| night.in_state(states))
}

fn earlier(party: &Party) -> Vec<String> {
    party.past.iter().flat_map(|past| past.requests.iter().map(|request| request.id.clone())).collect()
}

/// Whether the night went on since the look.
fn older(mark: &Bookmark, night: &Night) -> bool {
    mark.night == night.id && mark.moves < night.moves
}

fn compare_totals(totals: &Value, night: &Night) {
    let count = |states: &[State]| json!(night.in_state(states).len());
    assert_eq!(totals["requests"], json!(night.entries.len()));
    assert_eq!(totals["played"], count(&[State::Played]));
    assert_eq!(totals["rejected"], count(&[State::Rejected]));
    assert_eq!(totals["withdrawn"], count(&[State::Withdrawn]));
    assert_eq!(totals["open"], count(&[State::Pending, State::Approved]));
    assert_eq!(totals["guests"], json!(night.joined));
    assert_eq!(totals["votes"], json!(night.entries.values().map(|entry| entry.voters.len()).sum::<usize>()));
}
