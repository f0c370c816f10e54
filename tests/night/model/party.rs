//! One DJ's party as the rules of the game say it is, in memory. Nothing here comes from the product's own code:
//! the list, the queue, the limits are written down a second time.

use std::collections::BTreeSet;

use super::night::{Entry, Night, Past};
use super::rules::{Act, Guest, No, Order, Rules, Shown, Song, State, Verdict, Yes, no, same};

pub struct Party {
    pub rules: Rules,
    pub night: Option<Night>,
    pub past: Vec<Past>,
}

impl Rules {
    /// Whether the house takes this song no more. What it put in by itself it answers for.
    fn refuse(&self, entry: &Entry) -> bool {
        self.barred && entry.song.barred && entry.guest.is_some()
    }
}

impl Party {
    pub fn new() -> Self {
        let rules = Rules {
            auto_approve: false,
            order: Order::Fair,
            max_active: 3,
            max_per_hour: 0,
            song_rests: false,
            artist_rests: false,
            barred: false,
        };
        Self { rules, night: None, past: Vec::new() }
    }

    pub fn running(&mut self) -> Result<&mut Night, No> {
        match &mut self.night {
            Some(night) => Ok(night),
            None => no(410, "no_event"),
        }
    }

    /// What a call about one request finds: one of tonight, one of a night that is over, or nothing of this DJ's.
    fn find(&mut self, id: &str) -> Result<usize, No> {
        if let Some(number) = self.night.as_ref().and_then(|night| night.number(id)) {
            return Ok(number);
        }
        if self.past.iter().any(|past| past.requests.iter().any(|request| request.id == id)) {
            return no(410, "event_over");
        }
        no(404, "not_found")
    }

    fn tonight(&mut self) -> &mut Night {
        self.night.as_mut().expect("found a request of tonight")
    }

    fn show(&self, number: usize) -> Shown {
        self.night.as_ref().unwrap().shown(number, self.rules.order)
    }

    fn wrong_state<T>(&self, number: usize) -> Result<T, No> {
        Err(No { status: 409, code: "wrong_state", request: Some(self.show(number).into()) })
    }

    /// A wish of a guest, or of the house. A new one has no id until [`Party::christen`].
    pub fn wish(&mut self, guest: Option<Guest>, song: &'static Song, key: Option<&str>) -> Verdict {
        let rules = self.rules.clone();
        let night = self.running()?;
        let key = key.map(|key| (guest, key.to_owned()));
        if let Some((number, merged)) = key.as_ref().and_then(|key| night.keys.get(key).copied()) {
            return Ok(Yes { status: 200, request: Some(self.show(number)), merged: Some(merged) });
        }
        if guest.is_some() {
            admit_to_the_list(night, &rules, song)?;
        }
        let waiting = night.waiting_for((song, guest.is_none()));
        let number = match (waiting, guest) {
            (Some(number), Some(guest)) => {
                night.moves += usize::from(night.vote(guest, number, true));
                number
            }
            (Some(number), None) => number,
            (None, guest) => {
                if let Some(guest) = guest {
                    admit(night, &rules, guest, song)?;
                }
                let state = if guest.is_none() || rules.auto_approve { State::Approved } else { State::Pending };
                night.arrivals += 1;
                night.moves += 1;
                let voters = BTreeSet::new();
                night
                    .entries
                    .insert(night.arrivals, Entry { id: String::new(), guest, song, state, voters, fixed: false });
                night.arrivals
            }
        };
        night.arrange(rules.order);
        if let Some(key) = key {
            night.keys.insert(key, (number, waiting.is_some()));
        }
        let status = if waiting.is_some() { 200 } else { 201 };
        Ok(Yes { status, request: Some(self.show(number)), merged: Some(waiting.is_some()) })
    }

    /// Gives the newest wish the id it was answered.
    pub fn christen(&mut self, id: &str) {
        let newest = self.tonight().entries.last_entry().unwrap().into_mut();
        assert!(newest.id.is_empty(), "{newest:?}");
        id.clone_into(&mut newest.id);
    }

    pub fn act(&mut self, id: &str, act: Act) -> Verdict {
        let number = self.find(id)?;
        let night = self.tonight();
        if !act.suits().contains(&night.entries[&number].state) {
            return self.wrong_state(number);
        }
        if matches!(act, Act::Approve | Act::Playing | Act::Retry) {
            self.may_come(number)?;
        }
        let night = self.tonight();
        if act == Act::Retry && night.waiting_for(night.entries[&number].written()).is_some() {
            return no(409, "listed_again");
        }
        Ok(self.go(number, act.leads_to()))
    }

    pub fn withdraw(&mut self, guest: Guest, id: &str) -> Verdict {
        let number = self.find(id)?;
        let entry = &self.tonight().entries[&number];
        if entry.guest != Some(guest) {
            return no(403, "not_yours");
        }
        if !entry.state.waits() {
            return self.wrong_state(number);
        }
        Ok(self.go(number, State::Withdrawn))
    }

    fn go(&mut self, number: usize, state: State) -> Yes {
        let order = self.rules.order;
        self.tonight().move_to(number, state);
        self.tonight().arrange(order);
        Yes::with(self.show(number))
    }

    pub fn play_next(&mut self, id: &str) -> Verdict {
        let (number, order) = (self.find(id)?, self.rules.order);
        let state = self.tonight().entries[&number].state;
        if !state.waits() {
            return self.wrong_state(number);
        }
        self.may_come(number)?;
        if state == State::Pending {
            self.tonight().move_to(number, State::Approved);
        }
        self.tonight().place(&[number]);
        self.tonight().arrange(order);
        Ok(Yes::with(self.show(number)))
    }

    pub fn delete(&mut self, id: &str) -> Verdict {
        let (number, order) = (self.find(id)?, self.rules.order);
        let was = self.show(number);
        let night = self.tonight();
        night.entries.remove(&number);
        night.keys.retain(|_, (of, _)| *of != number);
        night.moves += 1;
        night.arrange(order);
        Ok(Yes::with(was))
    }

    pub fn vote(&mut self, guest: Guest, id: &str, give: bool) -> Verdict {
        let (number, order) = (self.find(id)?, self.rules.order);
        if !self.tonight().entries[&number].state.waits() {
            return self.wrong_state(number);
        }
        let night = self.tonight();
        night.moves += usize::from(night.vote(guest, number, give));
        night.arrange(order);
        Ok(Yes::with(self.show(number)))
    }

    /// An order by hand, as seen at `version`. It is kept down to the last song that moves; what has left the line is
    /// passed over, and so is what came into line since, unless something older is left out as well.
    pub fn reorder(&mut self, ids: &[String], version: i64) -> Verdict {
        let odd = ids.iter().any(|id| id.contains(' '));
        if odd || ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
            return no(422, "invalid");
        }
        let order = self.rules.order;
        let night = self.running()?;
        if night.moved > version {
            return no(409, "moved_first");
        }
        if ids.iter().any(|id| night.number(id).is_none()) {
            return no(422, "invalid");
        }
        let mut numbers: Vec<usize> =
            ids.iter().filter_map(|id| night.number(id)).filter(|number| night.line.contains(number)).collect();
        let mut line = night.line.clone();
        let is_newer = |number: &usize| night.came[number] > version;
        if line.iter().all(|number| numbers.contains(number) || is_newer(number)) {
            line.retain(|number| numbers.contains(number));
        }
        // What is left out goes below.
        let left_out = line.iter().copied().filter(|number| !numbers.contains(number));
        let mut wanted: Vec<usize> = numbers.iter().copied().chain(left_out).collect();
        while wanted.last().is_some() && wanted.last() == line.last() {
            wanted.pop();
            line.pop();
        }
        numbers.truncate(wanted.len());
        night.place(&numbers);
        night.arrange(order);
        Ok(Yes::plain(200))
    }

    /// Announces a song nobody asked for, or silence.
    pub fn announce(&mut self, song: Option<&'static Song>) -> Verdict {
        let night = self.running()?;
        night.silence();
        night.announced = song;
        night.moves += 1;
        Ok(Yes::plain(200))
    }

    pub fn change(&mut self, paused: Option<bool>, open: Option<bool>) -> Verdict {
        let night = self.running()?;
        night.paused = paused.unwrap_or(night.paused);
        night.open = open.unwrap_or(night.open);
        night.moves += 1;
        Ok(Yes::plain(200))
    }

    /// Other rules hold from now on, for those in line too. Answers how many songs they turn down.
    pub fn rule(&mut self, rules: Rules) -> usize {
        let mut turned_down = 0;
        if let Some(night) = &mut self.night {
            let barred = |entry: &Entry| entry.state.waits() && rules.refuse(entry);
            let all: Vec<usize> =
                night.entries.iter().filter(|(_, entry)| barred(entry)).map(|(number, _)| *number).collect();
            turned_down = all.len();
            for number in all {
                night.move_to(number, State::Rejected);
            }
            night.arrange(rules.order);
        }
        self.rules = rules;
        turned_down
    }

    fn may_come(&self, number: usize) -> Result<(), No> {
        let entry = &self.night.as_ref().unwrap().entries[&number];
        if self.rules.refuse(entry) { no(403, "not_tonight") } else { Ok(()) }
    }

    /// The night is over; what waited keeps its state.
    pub fn end(&mut self) -> Result<Night, No> {
        self.running()?.silence();
        let night = self.night.take().unwrap();
        let requests = night.all(self.rules.order).into_iter().map(Shown::kept).collect();
        self.past.push(Past { id: night.id.clone(), requests });
        Ok(night)
    }
}

/// Whether the door to the list is open for this song at all.
fn admit_to_the_list(night: &Night, rules: &Rules, song: &Song) -> Result<(), No> {
    if night.paused {
        return no(403, "paused");
    }
    if !night.open {
        return no(403, "requests_closed");
    }
    if rules.barred && song.barred {
        return no(403, "not_tonight");
    }
    Ok(())
}

/// Whether this guest may put another song on the list, and this song may come again.
fn admit(night: &Night, rules: &Rules, guest: Guest, song: &Song) -> Result<(), No> {
    let own = || night.entries.values().filter(|entry| entry.guest == Some(guest));
    if rules.max_active > 0 && own().filter(|entry| entry.state.waits()).count() >= rules.max_active {
        return no(429, "too_many_waiting");
    }
    if rules.max_per_hour > 0 && own().count() >= rules.max_per_hour {
        return no(429, "hour_full");
    }
    let heard = || night.entries.values().filter(|entry| entry.state.heard());
    if rules.song_rests && heard().any(|entry| same(entry.written(), (song, false))) {
        return no(409, "played_already");
    }
    if rules.artist_rests && heard().any(|entry| entry.song.by == song.by) {
        return no(409, "artist_played");
    }
    Ok(())
}
