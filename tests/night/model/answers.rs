//! What the appliance answers people, held against the party in memory.

use serde_json::{Value, json};

use super::night::Entry;
use super::rules::State;
use super::{Bookmark, DJS, Door, Guest, Night, Role, Run, Shown, Who, kept, read, text, token};

impl Run {
    pub(super) fn see_party(&mut self, t: usize) {
        let who = self.who(t, Door::Guest);
        let role = self.pass(t, Door::Guest, who);
        let answer = self.call(t, who, "GET party", None);
        match role {
            Ok(Role::Guest(guest)) => {
                self.compare_party(t, guest, &answer.json());
                self.count("party", "200");
            }
            Ok(Role::Host) => unreachable!("only guests pass"),
            Err(refusal) => self.judge("party", &answer, &Err(refusal)),
        }
    }

    pub(super) fn see_list(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let role = self.pass(t, Door::Host, who);
        let state = self.dice.one_of(&[State::Pending, State::Played, State::Rejected, State::Withdrawn]).unwrap();
        let answer = self.call(t, who, &format!("GET requests?status={}", state.word()), None);
        if let Err(refusal) = role {
            return self.judge("list", &answer, &Err(refusal));
        }
        let there = self.all(t).into_iter().filter(|request| request.status == state.word()).collect::<Vec<_>>();
        assert_eq!(read(&answer.json()["requests"]), there);
        self.count("list", "200");
    }

    /// What changed since somebody looked is told, all of it; sometimes they look again.
    pub(super) fn since(&mut self, t: usize) {
        let who = self.who(t, Door::Host);
        let role = self.pass(t, Door::Host, who);
        // Versions are the event's own: a new night begins at 1 again.
        let tonight = self.parties[t].night.as_ref().map(|night| night.id.clone());
        let mark = self.bookmarks[t].take().filter(|mark| Some(&mark.night) == tonight.as_ref());
        let version = mark.as_ref().map_or(0, |mark| mark.version);
        let answer = self.call(t, who, &format!("GET requests?after={version}"), None);
        if let Err(refusal) = role {
            self.bookmarks[t] = mark;
            return self.judge("since", &answer, &Err(refusal));
        }
        let (now, body) = (self.all(t), answer.json());
        let told = read(&body["requests"]);
        assert!(told.iter().all(|request| now.contains(request)), "told {told:#?}, but it is {now:#?}");
        let Some(night) = &self.parties[t].night else { return self.count("since", "200 no event") };
        let seen = mark.as_ref().map_or(&[][..], |mark| &mark.requests);
        let news = now.iter().filter(|request| !seen.iter().any(|old| alike(old, request)));
        let untold: Vec<_> = news.filter(|request| !told.contains(request)).collect();
        assert!(untold.is_empty(), "changed after version {version} and not told: {untold:#?}");
        let version = body["version"].as_i64().unwrap();
        let fresh = Bookmark { night: night.id.clone(), version, moves: night.moves, requests: now };
        self.bookmarks[t] = if self.dice.chance(70) { Some(fresh) } else { mark.or(Some(fresh)) };
        self.count("since", "200");
    }

    pub(super) fn see_playback(&mut self, t: usize) {
        let who = self.who(t, Door::Inside);
        let role = self.pass(t, Door::Inside, who);
        let answer = self.call(t, who, "GET playback", None);
        if let Err(refusal) = role {
            return self.judge("playback", &answer, &Err(refusal));
        }
        self.compare_playback(t, &answer.json());
        self.count("playback", "200");
    }

    pub(super) fn see_line(&mut self, t: usize) {
        let list = self.call(t, Who::Owner, "GET requests?status=approved", None).json();
        let mut line = read(&list["requests"]);
        line.sort_by_key(|request| request.position);
        assert_eq!(line, self.queue(t), "the line");
        self.last.pop_back();
        let order = self.parties[t].rules.order.word();
        let Some(night) = &mut self.parties[t].night else { return };
        night.note_line(list["version"].as_i64().unwrap());
        let [lines, songs, longest, other] = self.lines.entry(order).or_default();
        *lines += 1;
        *songs += line.len();
        *longest = line.len().max(*longest);
        *other += usize::from(!night.is_as_arrived());
    }

    fn all(&self, t: usize) -> Vec<Shown> {
        let party = &self.parties[t];
        party.night.as_ref().map_or(vec![], |night| night.all(party.rules.order))
    }

    pub(super) fn queue(&self, t: usize) -> Vec<Shown> {
        let party = &self.parties[t];
        party.night.as_ref().map_or(vec![], |night| night.queue(party.rules.order))
    }

    /// Everything of one party, through the eyes of its DJ and of every guest.
    pub(super) fn look(&mut self, t: usize) {
        let steps = self.last.clone();
        let mut get = |tail: &str| self.call(t, Who::Owner, &format!("GET {tail}"), None).json();
        let (event, list, rules) = (get("event")["event"].clone(), get("requests"), get("settings"));
        let (playback, events) = (get("playback"), get("events"));
        self.compare_event(t, &event);
        self.compare_rules(t, &rules);
        self.compare_playback(t, &playback);
        assert_eq!(read(&list["requests"]), self.all(t), "the list of {}", DJS[t]);
        self.compare_guests(t, &list["requests"]);
        assert_eq!(list["version"].as_i64(), event["version"].as_i64().or(Some(0)));
        self.compare_history(t, &events["events"]);
        for n in self.room(t, true) {
            let role = self.pass(t, Door::Guest, Who::Guest(n));
            let answer = self.call(t, Who::Guest(n), "GET party", None);
            match role {
                Ok(_) => self.compare_party(t, self.people[n].number, &answer.json()),
                Err(refusal) => self.judge("look", &answer, &Err(refusal)),
            }
        }
        self.compare_crossings(t);
        self.last = steps;
        self.count("look", "the same");
    }

    pub(super) fn compare_event(&self, t: usize, event: &Value) {
        let Some(night) = &self.parties[t].night else { return assert_eq!(*event, Value::Null, "no event") };
        let status = if night.paused { "paused" } else { "live" };
        assert_eq!(event["id"], json!(night.id));
        assert_eq!((&event["status"], &event["requests_open"]), (&json!(status), &json!(night.open)), "{event}");
        assert_eq!((&event["pin"], token(&event["join_url"])), (&json!(night.pin), night.token.clone()), "{event}");
    }

    pub(super) fn compare_rules(&self, t: usize, rules: &Value) {
        for (name, value) in self.parties[t].rules.json().as_object().unwrap() {
            assert_eq!(rules[name], *value, "{name} of {}", DJS[t]);
        }
    }

    pub(super) fn compare_playback(&self, t: usize, playback: &Value) {
        let night = self.parties[t].night.as_ref();
        let asked = night.and_then(Night::playing).map(|entry| (entry.song, json!(entry.id)));
        let announced = night.and_then(|night| night.announced).map(|song| (song, Value::Null));
        assert!(asked.is_none() || announced.is_none(), "one song at a time");
        let (state, track) = (&playback["state"], &playback["track"]);
        let Some((song, id)) = asked.or(announced) else {
            return assert_eq!((state, track), (&json!("idle"), &Value::Null));
        };
        assert_eq!((state, &track["request_id"]), (&json!("playing"), &id), "{playback}");
        assert_eq!((&track["title"], &track["artist"]), (&json!(song.title), &json!(song.artist)));
    }

    fn compare_guests(&self, t: usize, requests: &Value) {
        let whose = self.parties[t].night.iter().flat_map(|night| night.entries.values());
        let whose: Vec<Value> =
            whose.map(|entry| entry.guest.map_or(Value::Null, |guest| json!(self.guests[guest]))).collect();
        let told: Vec<Value> = requests.as_array().unwrap().iter().map(|one| one["guest_id"].clone()).collect();
        assert_eq!(told, whose, "whose wishes they are");
    }

    fn compare_party(&self, t: usize, guest: Guest, party: &Value) {
        let (night, order) = (self.parties[t].night.as_ref().unwrap(), self.parties[t].rules.order);
        let numbers = |wanted: &dyn Fn(&Entry) -> bool| -> Vec<usize> {
            night.entries.iter().filter(|(_, entry)| wanted(entry)).map(|(number, _)| *number).collect()
        };
        let own = numbers(&|entry| entry.guest == Some(guest));
        let own: Vec<_> = own.into_iter().rev().map(|number| night.shown(number, order)).collect();
        assert_eq!(read(&party["mine"]), own, "a guest's own wishes");
        assert_eq!(read(&party["queue"]), self.queue(t), "the line as a guest sees it");
        let votes = numbers(&|entry| entry.voters.contains(&guest));
        let mut votes: Vec<String> = votes.into_iter().map(|number| night.entries[&number].id.clone()).collect();
        let mut told: Vec<String> = party["voted"].as_array().unwrap().iter().map(text).collect();
        votes.sort();
        told.sort();
        assert_eq!(told, votes, "a guest's votes");
        let status = if night.paused { "paused" } else { "live" };
        assert_eq!(party["event"]["status"], json!(status));
        assert_eq!(party["event"]["requests_open"], json!(night.open));
        self.compare_playback(t, &party["now_playing"]);
    }

    /// All nights so far, newest first, and each request of one of them, as it was left.
    fn compare_history(&mut self, t: usize, events: &Value) {
        let past = self.parties[t].past.iter().map(|past| (past.id.clone(), past.requests.len()));
        let tonight = self.parties[t].night.as_ref().map(|night| (night.id.clone(), night.entries.len()));
        let mut nights: Vec<(String, usize)> = past.chain(tonight).collect();
        nights.reverse();
        let size = |event: &Value| usize::try_from(event["requests"].as_u64().unwrap()).unwrap();
        let told = events.as_array().unwrap().iter().map(|event| (text(&event["id"]), size(event)));
        assert_eq!(told.collect::<Vec<_>>(), nights, "the history");
        let any = self.dice.below(self.parties[t].past.len());
        let id = self.parties[t].past[any].id.clone();
        let report = self.call(t, Who::Owner, &format!("GET events/{id}"), None).json()["report"].clone();
        assert_eq!(kept(&report), self.parties[t].past[any].requests, "an ended night stays as it was");
    }

    fn compare_crossings(&self, t: usize) {
        let sql = "SELECT coalesce(sum(count), 0) FROM audit WHERE action <> 'sign in' AND outcome = ?2
                   AND user_id = (SELECT id FROM users WHERE username = ?1)";
        let rows = self.venue.rows();
        let written = ["allowed", "refused"]
            .map(|outcome| rows.query_row(sql, [DJS[t], outcome], |row| row.get::<_, i64>(0)).unwrap());
        assert_eq!(written, self.crossings[t], "crossings written down");
    }
}

/// The same but for the reason of its place, which also follows from the house rules.
fn alike(one: &Shown, other: &Shown) -> bool {
    one.clone().kept() == other.clone().kept()
}
