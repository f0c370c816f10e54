//! A clock that is set while others are at it.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Waker};

use super::{Clock, LATEST, Line, Readers, Store, Timestamp, UserId, Vault, migrate};

const DAY_MS: i64 = 86_400_000;

/// A store with one reader and a clock that the number sets.
fn store(dir: &tempfile::TempDir) -> (Store, Arc<AtomicI64>) {
    let file = dir.path().join("p.db");
    migrate(&file, LATEST, Timestamp(0)).unwrap();
    let conn = rusqlite::Connection::open(&file).unwrap();
    conn.execute("INSERT INTO users VALUES ('dj', 'djane', 'DJane', 'dj', 'active', '!', 0)", []).unwrap();
    let (ahead, machine) = (Arc::<AtomicI64>::default(), Clock::system().now());
    let skew = ahead.clone();
    let clock = Clock::of_two(move || machine.plus_ms(skew.load(Ordering::SeqCst)), || 0);
    (Store::open(&file, Readers { min: 1, max: 1 }, clock, Vault::new(&[7; 32])).unwrap(), ahead)
}

/// Lets something begin, and leaves it at the first wait.
fn begin<T>(work: std::pin::Pin<&mut impl Future<Output = T>>) {
    assert!(matches!(work.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
}

#[test]
fn who_waited_to_read_while_the_clock_was_set_is_not_told_that_time_ran_out() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for by in [-DAY_MS, DAY_MS] {
        let dir = tempfile::tempdir().unwrap();
        let (store, ahead) = store(&dir);
        let _inside = runtime.enter();
        let host = runtime.block_on(store.as_host(&UserId::parse("dj").unwrap())).unwrap();
        runtime.block_on(host.start_event(Line::parse("Night").unwrap())).unwrap();
        let (open, gate) = channel::<()>();
        let (begun, first) = channel();
        let slow = async {
            let query = move |_: &rusqlite::Connection| {
                begun.send(()).unwrap();
                let _ = gate.recv();
                Ok(())
            };
            store.read(query).await
        };
        let mut slow = pin!(slow);
        begin(slow.as_mut());
        first.recv().unwrap();
        let left = host.read(|rows| {
            let ends: i64 = rows.one("SELECT expires_at FROM events WHERE user_id = :tenant", &[], |row| row.get(0))?;
            Ok(ends - rows.now.0)
        });
        let mut left = pin!(left);
        begin(left.as_mut());
        ahead.store(by, Ordering::SeqCst);
        assert_eq!(runtime.block_on(store.write(|_| Ok(()))).map_err(drop), Ok(()));
        let jump = runtime.block_on(store.settle_clock()).unwrap();
        assert_eq!(jump.map(|jump| jump.by_ms), Some(by));
        open.send(()).unwrap();
        runtime.block_on(slow).unwrap();
        assert!(runtime.block_on(left).unwrap() >= DAY_MS, "set by {by}");
        store.close();
    }
}

#[test]
fn a_jump_that_does_not_reach_the_disk_moves_nobodys_time() {
    let (runtime, dir) = (tokio::runtime::Runtime::new().unwrap(), tempfile::tempdir().unwrap());
    let (store, ahead) = store(&dir);
    let _inside = runtime.enter();
    let (full, begun, gate) = (Arc::new(AtomicBool::new(true)), channel(), channel::<()>());
    let (fails, reached) = (full.clone(), begun.0);
    let gate_of_hook = std::sync::Mutex::new(gate.1);
    let hook = move || {
        let fail = fails.swap(false, Ordering::SeqCst);
        if fail {
            reached.send(()).unwrap();
            gate_of_hook.lock().unwrap().recv().unwrap();
        }
        fail
    };
    let start = store.now();
    ahead.store(DAY_MS, Ordering::SeqCst);
    full.store(false, Ordering::SeqCst);
    runtime.block_on(store.write(move |conn| Ok(conn.commit_hook(Some(hook))?))).map(drop).unwrap();
    full.store(true, Ordering::SeqCst);
    let mut jump = pin!(store.settle_clock());
    begin(jump.as_mut());
    begun.1.recv().unwrap();
    // Whoever writes next does so before anybody who waits for the jump has heard of it.
    let clock = store.clock();
    let mut next = pin!(store.write(move |_| Ok(clock.now_written())));
    begin(next.as_mut());
    gate.0.send(()).unwrap();
    assert_eq!(runtime.block_on(next).unwrap(), start, "the time of rows that were moved, and they were not");
    assert!(runtime.block_on(jump).is_err());
    assert_eq!(store.now(), start);
    assert!(runtime.block_on(store.settle_clock()).unwrap().is_some(), "it is tried again");
    assert_eq!(store.now(), start.plus_ms(DAY_MS));
    store.close();
}
