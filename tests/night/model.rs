//! Ten thousand things that may happen in one night, by anyone at three parties, beside a party in memory that
//! knows the rules: every answer and every line must be the same. `SEED=n` throws other dice, or the same again.

mod answers;
mod night;
mod party;
mod rules;
mod steps;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::venue::{Answer, Caller, Venue, program};
use night::{Night, Past};
use party::Party;
use rules::{Act, Guest, No, Shown, Verdict, no};

const STEPS: usize = 10_000;
/// Steps between two looks at everything.
const LOOK: usize = 200;
const SEED: u64 = 20_261_004;
const DJS: [&str; 3] = ["johnsmith", "janedoe", "testdj"];
/// Guests of one party at a time; for one more, one goes home.
const ROOM: usize = 7;
/// Steps told when it fails.
const TOLD: usize = 60;

/// Whom a call is for.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Door {
    Host,
    Guest,
    Inside,
}

/// Who calls; guests by their place in the room.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Who {
    Stranger,
    Owner,
    Admin,
    /// A DJ on another's pages.
    OtherDj(usize),
    Guest(usize),
    /// A guest of another party, with their pass.
    OthersGuest(usize),
    /// A DJ who is also a guest here.
    DjAsGuest(usize, usize),
}

/// Who a call turns out to be from.
#[derive(Clone, Copy, Debug)]
enum Role {
    Host,
    Guest(Guest),
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Submit,
    Vote,
    Unvote,
    Withdraw,
    Act(Act),
    PlayNext,
    Delete,
    Reorder,
    Change,
    Rule,
    Announce,
    Start,
    End,
    Rotate,
    Join,
    Party,
    List,
    Since,
    Playback,
}

/// How often each is done, beside the others.
const OPS: [(usize, Op); 23] = [
    (320, Op::Submit),
    (110, Op::Vote),
    (40, Op::Unvote),
    (35, Op::Withdraw),
    (150, Op::Act(Act::Approve)),
    (30, Op::Act(Act::Reject)),
    (30, Op::Act(Act::Retry)),
    (35, Op::Act(Act::Playing)),
    (25, Op::Act(Act::Played)),
    (20, Op::PlayNext),
    (20, Op::Delete),
    (35, Op::Reorder),
    (12, Op::Change),
    (20, Op::Rule),
    (10, Op::Announce),
    (6, Op::Start),
    (3, Op::End),
    (5, Op::Rotate),
    (45, Op::Join),
    (20, Op::Party),
    (20, Op::List),
    (20, Op::Since),
    (15, Op::Playback),
];

/// Somebody with a pass; it stays good for the night it was given in.
struct Person {
    number: Guest,
    id: String,
    party: usize,
    night: String,
    caller: Caller,
}

/// A look at the list somebody kept.
struct Bookmark {
    night: String,
    version: i64,
    moves: usize,
    requests: Vec<Shown>,
}

struct Run {
    seed: u64,
    step: usize,
    dice: Dice,
    venue: Venue,
    /// What the box says on its error output.
    log: PathBuf,
    stranger: Caller,
    admin: Caller,
    hosts: Vec<Caller>,
    parties: Vec<Party>,
    people: Vec<Person>,
    /// The id of each guest by number.
    guests: Vec<String>,
    bookmarks: [Option<Bookmark>; 3],
    deleted: Vec<String>,
    /// Crossings of borders, allowed and refused, by party.
    crossings: [[i64; 2]; 3],
    counts: BTreeMap<(String, String), usize>,
    /// Lines compared by rule of order: how many, songs in them, the longest, and how many are not as they arrived.
    lines: BTreeMap<&'static str, [usize; 4]>,
    /// Whether a call of this step was taken, so that the line may look different.
    moved: bool,
    last: VecDeque<String>,
}

/// How to come back to where it failed.
impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            log.lines().filter(|line| !line.contains("Request guard")).for_each(|line| eprintln!("{line}"));
            eprintln!("The last steps before it failed:");
            self.last.iter().for_each(|line| eprintln!("  {line}"));
            eprintln!("Failed at step {} of SEED={}", self.step, self.seed);
        }
    }
}

#[test]
fn ten_thousand_steps_of_anyone_at_three_parties_go_as_the_rules_say() {
    let began = Instant::now();
    let seed = std::env::var("SEED").map_or(SEED, |text| text.parse().expect("SEED is a number"));
    let mut run = Run::new(seed);
    while run.step < STEPS {
        run.step += 1;
        run.step();
        if run.step.is_multiple_of(LOOK) {
            (0..DJS.len()).for_each(|t| run.look(t));
        }
    }
    run.print();
    println!("{STEPS} steps of SEED={seed} in {:.1} s", began.elapsed().as_secs_f64());
}

impl Run {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("model.log");
        let mut command = program();
        // A log line for each refusal would bury the figures; it is shown when something fails.
        command.args(["demo", "--port", "0"]).env("TMPDIR", dir.path()).stderr(File::create(&log).unwrap());
        let venue = Venue::start(command, dir);
        venue.run_by_hand();
        let mut run = Self {
            seed,
            step: 0,
            dice: Dice::new(seed),
            log,
            stranger: venue.stranger(),
            admin: venue.host("admin"),
            hosts: DJS.iter().map(|dj| venue.host(dj)).collect(),
            venue,
            parties: DJS.iter().map(|_| Party::new()).collect(),
            people: Vec::new(),
            guests: Vec::new(),
            bookmarks: [const { None }; 3],
            deleted: Vec::new(),
            crossings: [[0; 2]; 3],
            counts: BTreeMap::new(),
            lines: BTreeMap::new(),
            moved: false,
            last: VecDeque::new(),
        };
        (0..DJS.len()).for_each(|t| run.take_over(t));
        run
    }

    /// Ends the demo's own night, whose guests nobody knows, and starts from rules without a clock.
    fn take_over(&mut self, t: usize) {
        let rules = self.parties[t].rules.json();
        assert_eq!(self.call(t, Who::Owner, "PUT settings", Some(rules)).status, 200);
        let report = self.call(t, Who::Owner, "POST event/end", Some(json!({}))).json()["report"].clone();
        self.parties[t].past.push(Past { id: text(&report["event"]["id"]), requests: kept(&report) });
        self.open(t, Who::Owner);
    }

    /// Starts a night that the rules allow to start.
    fn open(&mut self, t: usize, who: Who) -> Answer {
        let answer = self.call(t, who, "POST event", Some(json!({ "name": format!("Night {}", self.step) })));
        assert_eq!(answer.status, 201, "{}", answer.body);
        let event = &answer.json()["event"];
        let night = Night::new(text(&event["id"]), text(&event["pin"]), token(&event["join_url"]));
        assert!(self.parties[t].past.iter().all(|past| past.id != night.id), "a night of its own");
        self.parties[t].night = Some(night);
        answer
    }

    fn step(&mut self) {
        let t = self.dice.below(DJS.len());
        let mut op = self.dice.weighed(&OPS);
        // A night that is over, closed or empty is soon like any other again.
        match &self.parties[t].night {
            None if self.dice.chance(30) => op = Op::Start,
            Some(night) if (night.paused || !night.open) && self.dice.chance(12) => op = Op::Change,
            Some(night) if self.inside(t, night) < ROOM - 3 && self.dice.chance(25) => op = Op::Join,
            _ => {}
        }
        match op {
            Op::Submit => self.wish(t),
            Op::Vote | Op::Unvote | Op::Withdraw => self.have_a_say(t, op),
            Op::Act(_) | Op::PlayNext | Op::Delete => self.decide(t, op),
            Op::Reorder => self.reorder(t),
            Op::Change => self.change(t),
            Op::Rule => self.rule(t),
            Op::Announce => self.announce(t),
            Op::Start => self.start(t),
            Op::End => self.end(t),
            Op::Rotate => self.rotate(t),
            Op::Join => self.join(t),
            Op::Party => self.see_party(t),
            Op::List => self.see_list(t),
            Op::Since => self.since(t),
            Op::Playback => self.see_playback(t),
        }
        if std::mem::take(&mut self.moved) {
            self.see_line(t);
        }
    }

    // Who asks.

    fn room(&self, t: usize, here: bool) -> Vec<usize> {
        (0..self.people.len()).filter(|n| (self.people[*n].party == t) == here).collect()
    }

    /// How many in the room came in tonight.
    fn inside(&self, t: usize, night: &Night) -> usize {
        self.people.iter().filter(|person| person.party == t && person.night == night.id).count()
    }

    /// Mostly somebody the door is for; now and then anybody.
    fn who(&mut self, t: usize, door: Door) -> Who {
        let here = self.room(t, true);
        let guest = self.dice.one_of(&here).map_or(Who::Stranger, Who::Guest);
        let other = (t + 1 + self.dice.below(2)) % DJS.len();
        if self.dice.chance(12) {
            let elsewhere = self.room(t, false);
            let others = self.dice.one_of(&elsewhere).map_or(Who::Stranger, Who::OthersGuest);
            let two = self.dice.one_of(&here).map_or(Who::OtherDj(other), |n| Who::DjAsGuest(other, n));
            let all = [Who::Stranger, Who::Owner, Who::Admin, Who::OtherDj(other), guest, others, two];
            return self.dice.one_of(&all).unwrap();
        }
        let host = if self.dice.chance(85) { Who::Owner } else { Who::Admin };
        match door {
            Door::Host => host,
            Door::Guest => guest,
            Door::Inside => [host, guest][usize::from(self.dice.chance(85))],
        }
    }

    fn caller(&self, t: usize, who: Who) -> Caller {
        match who {
            Who::Stranger => self.stranger.clone(),
            Who::Owner => self.hosts[t].clone(),
            Who::Admin => self.admin.clone(),
            Who::OtherDj(other) => self.hosts[other].clone(),
            Who::Guest(n) => self.people[n].caller.clone(),
            Who::OthersGuest(n) => {
                let mut caller = self.people[n].caller.clone();
                caller.cookies.iter_mut().for_each(|(under, ..)| "/".clone_into(under));
                caller
            }
            Who::DjAsGuest(other, n) => {
                let mut caller = self.people[n].caller.clone();
                caller.token.clone_from(&self.hosts[other].token);
                caller
            }
        }
    }

    /// Who may pass which door, and which borders are written down when crossed.
    fn pass(&mut self, t: usize, door: Door, who: Who) -> Result<Role, No> {
        match (door, who) {
            (Door::Guest | Door::Inside, Who::Guest(n) | Who::DjAsGuest(_, n)) => {
                let person = &self.people[n];
                if self.parties[t].night.as_ref().is_none_or(|night| night.id != person.night) {
                    return no(410, "event_over");
                }
                Ok(Role::Guest(person.number))
            }
            (Door::Guest, _) => no(401, "not_joined"),
            (_, Who::Owner) => Ok(Role::Host),
            (_, Who::Admin) => {
                self.crossings[t][0] += 1;
                Ok(Role::Host)
            }
            (_, Who::OtherDj(_) | Who::DjAsGuest(..)) => {
                self.crossings[t][1] += 1;
                no(403, "not_owner")
            }
            (_, Who::Stranger | Who::Guest(_) | Who::OthersGuest(_)) => no(401, "not_signed_in"),
        }
    }

    // Asking and comparing.

    /// `what` is the method and the end of the path.
    fn call(&mut self, t: usize, who: Who, what: &str, body: Option<Value>) -> Answer {
        let caller = self.caller(t, who);
        self.call_as(caller, (t, who), what, body)
    }

    fn call_as(&mut self, mut caller: Caller, at: (usize, Who), what: &str, body: Option<Value>) -> Answer {
        let ((t, who), (method, tail)) = (at, what.split_once(' ').unwrap());
        let sent = body.as_ref().map(Value::to_string).unwrap_or_default();
        let path = format!("/api/{}/{tail}", DJS[t]);
        let answer = caller.call(method, &path, body.map(|body| ("application/json", body.to_string().into_bytes())));
        let key = caller.headers.first().map(|(_, key)| format!(" key {key}")).unwrap_or_default();
        self.note(format!("{who:?}: {method} {path} {sent}{key} -> {}", answer.status));
        answer
    }

    fn note(&mut self, line: String) {
        if self.last.len() == TOLD {
            self.last.pop_front();
        }
        self.last.push_back(format!("{} {line}", self.step));
    }

    /// Fails where the answer is not what the rules say; counts it where it is.
    fn judge(&mut self, op: &str, answer: &Answer, verdict: &Verdict) {
        let outcome = match verdict {
            Ok(yes) => {
                assert_eq!(answer.status, yes.status, "{op}: {}", answer.body);
                let body = answer.json();
                if let Some(request) = &yes.request {
                    assert_eq!(Shown::read(&body["request"]), *request, "{op}: {}", answer.body);
                }
                assert_eq!(body["merged"].as_bool(), yes.merged, "{op}: {}", answer.body);
                self.moved = true;
                format!("{}{}", yes.status, if yes.merged == Some(true) { " merged" } else { "" })
            }
            Err(refusal) => {
                assert_eq!(answer.status, refusal.status, "{op}, {}: {}", refusal.code, answer.body);
                assert_eq!(answer.code(), refusal.code, "{op}");
                if let Some(request) = &refusal.request {
                    assert_eq!(Shown::read(&answer.json()["error"]["request"]), **request, "{op}");
                }
                assert_eq!(answer.header("Retry-After").is_some(), answer.status == 429, "{op}: {}", answer.body);
                format!("{} {}", refusal.status, refusal.code)
            }
        };
        self.count(op, outcome);
    }

    fn count(&mut self, op: &str, outcome: impl Into<String>) {
        *self.counts.entry((op.to_owned(), outcome.into())).or_default() += 1;
    }

    fn print(&self) {
        let mut table: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((op, outcome), count) in &self.counts {
            table.entry(op).or_default().push(format!("{outcome} x{count}"));
        }
        for (op, outcomes) in table {
            println!("{op:>10}: {}", outcomes.join(", "));
        }
        for (order, [lines, songs, longest, other]) in &self.lines {
            let mean = songs / (*lines).max(1);
            println!("{lines} lines by {order}, {mean} songs each, {longest} at most, {other} not as they arrived");
        }
        let nights: usize = self.parties.iter().map(|party| party.past.len()).sum();
        println!("{} guests, {nights} nights ended, crossings {:?}", self.guests.len(), self.crossings);
    }
}

fn read(requests: &Value) -> Vec<Shown> {
    requests.as_array().unwrap_or_else(|| panic!("no list: {requests}")).iter().map(Shown::read).collect()
}

fn kept(report: &Value) -> Vec<Shown> {
    read(&report["requests"]).into_iter().map(Shown::kept).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}

fn token(url: &Value) -> String {
    text(url).split_once("?t=").expect("an address with a token").1.to_owned()
}
