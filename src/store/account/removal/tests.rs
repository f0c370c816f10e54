//! Accounts on their way out or in, and two at them at once.

use std::path::PathBuf;

use super::{Connection, KeptDeed, Store, Unseen, arriving, cut_short};
use crate::domain::{Timestamp, UserId};
use crate::store::clock::Clock;
use crate::store::db::pool::Readers;
use crate::store::db::pool::connect;
use crate::store::db::schema::migrate::migrate;
use crate::store::db::schema::versions::LATEST;
use crate::store::error::Error;
use crate::store::tenant::audit::Deed;
use crate::store::tenant::client::Client;
use crate::store::vault::Vault;

/// More than go at a time.
const REQUESTS: i64 = 200;

/// A DJ with a long night. Who it is under what name is for the test to say.
struct One {
    _dir: tempfile::TempDir,
    file: PathBuf,
    conn: Connection,
    store: Store,
    runtime: tokio::runtime::Runtime,
}

impl One {
    fn named(name: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("p.db");
        migrate(&file, LATEST, Timestamp(0)).unwrap();
        let conn = connect(&file).unwrap();
        conn.execute_batch(&format!(
            "INSERT INTO users VALUES ('dj', '{name}', 'DJane', 'dj', 'active', '!', 0);
             INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version, moved_at)
             VALUES ('e', 'dj', 'Old', 'ended', '', '', 0, 1, 2, 2, 1, 0);
             INSERT INTO guests (id, user_id, event_id, created_at) VALUES ('g', 'dj', 'e', 1);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {REQUESTS})
             INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status, created_at, version)
             SELECT 'r' || i, 'dj', 'e', 'g', 'Song', 'A', 'song ' || i, 'a', 'played', i, 1 FROM n"
        ))
        .unwrap();
        let store = Store::open(&file, Readers { min: 1, max: 2 }, Clock::system(), Vault::new(&[7; 32])).unwrap();
        Self { _dir: dir, file, conn, store, runtime: tokio::runtime::Runtime::new().unwrap() }
    }

    fn goes_by(&self, name: &str) {
        assert_eq!(self.conn.execute("UPDATE users SET username = ?1 WHERE id = 'dj'", [name]).unwrap(), 1);
    }

    fn requests(&self) -> i64 {
        self.conn.query_row("SELECT count(*) FROM requests WHERE user_id = 'dj'", [], |row| row.get(0)).unwrap()
    }

    fn cut_short(&self) -> Vec<Unseen> {
        cut_short(&self.conn, &self.file).unwrap()
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.store.close();
    }
}

/// How somebody is called who arrives by the copy of this number.
fn comes(copy: u8) -> String {
    arriving(&format!("incoming-0123456789abcdef{copy:02}"))
}

fn me() -> UserId {
    UserId::parse("dj").unwrap()
}

#[test]
fn a_dj_who_arrived_while_it_was_looked_who_was_cut_short_keeps_every_row() {
    for by_command in [true, false] {
        let one = One::named(&comes(1));
        let listed = one.cut_short();
        assert_eq!(listed.len(), 1);
        one.goes_by("djane");
        if by_command {
            listed[0].clear(&one.conn).unwrap();
        } else {
            one.runtime.block_on(one.store.clear(listed)).unwrap();
        }
        let name: String = one.conn.query_row("SELECT username FROM users", [], |row| row.get(0)).unwrap();
        assert_eq!((name.as_str(), one.requests()), ("djane", REQUESTS), "by a command: {by_command}");
    }
}

#[test]
fn an_import_that_fails_clears_away_nothing_of_another_import_of_the_same_dj() {
    let one = One::named(&comes(1));
    let clear = |copy: u8| Unseen::arriving(&me(), &format!("incoming-0123456789abcdef{copy:02}")).clear(&one.conn);
    clear(2).unwrap();
    assert_eq!((one.requests(), one.cut_short().len()), (REQUESTS, 1));
    clear(1).unwrap();
    assert_eq!((one.requests(), one.cut_short().len()), (0, 0));
}

#[test]
fn who_clears_up_slowly_takes_nothing_of_a_dj_who_came_back_meanwhile() {
    let one = One::named(&comes(1));
    let slow = one.cut_short()[0].take_away(&one.conn).unwrap().unwrap();
    for name in [comes(2), "djane".into()] {
        one.goes_by(&name);
        assert!(!slow.drop_piece(&one.conn).unwrap() && one.requests() == REQUESTS, "{name}");
    }
}

#[test]
fn an_account_whose_deletion_cannot_be_written_down_is_not_deleted() {
    let one = One::named("djane");
    let client = Client::default();
    let deed = Deed { actor: "boss".into(), action: "delete the account djane".into(), client };
    let accounts = one.store.accounts();
    // In the record of somebody who is gone themselves.
    let refused = one.runtime.block_on(accounts.dismiss(&me(), Some(KeptDeed { by: UserId::fresh(), deed }))).map(drop);
    assert!(refused.is_err_and(|error| !matches!(error, Error::NotFound)));
    assert!(one.runtime.block_on(accounts.by_id(&me())).is_ok() && one.requests() == REQUESTS);
}

#[test]
fn once_the_box_stops_clearing_up_ends_and_the_next_one_goes_on() {
    let one = One::named("-0123456789abcdef00");
    one.store.begin_to_stop();
    one.runtime.block_on(one.store.clear_up_accounts()).unwrap();
    assert_eq!((one.requests(), one.cut_short().len()), (REQUESTS, 1));
}
