//! Whose turn it is to write.

use std::sync::{Arc, Mutex, mpsc};

use super::super::pool::connect;
use super::super::wal::checkpoint::{CheckpointedBy, Checkpointer};
use super::{OpenedFiles, Task, Writer};
use crate::domain::UserId;
use crate::store::clock::Clock;

#[test]
fn behind_five_hundred_writes_of_one_dj_another_is_answered_after_a_handful_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.db");
    let (conn, checkpointer) = (connect(&path).unwrap(), Checkpointer::new(&path, CheckpointedBy::Box).unwrap());
    let place = OpenedFiles::of(&path, &path, Clock::system()).unwrap();
    let writer = Writer::start(conn, checkpointer, place, Arc::default(), Arc::default()).unwrap();
    let (open, gate) = mpsc::channel::<()>();
    let said = Arc::<Mutex<Vec<(&'static str, usize)>>>::default();
    let queue = |whose: &'static str, n: usize, hold: Option<mpsc::Receiver<()>>| {
        let said = said.clone();
        let work = move |_: &super::Connection| {
            let _ = hold.map(|gate| gate.recv());
            Ok(())
        };
        let after = move |(): &()| said.lock().unwrap().push((whose, n));
        let (task, answered) = Task::new(UserId::parse(whose), work, after);
        writer.ask(super::Message::Write(Box::new(task))).unwrap();
        answered
    };
    let mut answers = vec![queue("many", 0, Some(gate))];
    answers.extend((1..500).map(|n| queue("many", n, None)));
    answers.push(queue("one", 0, None));
    open.send(()).unwrap();
    for answer in answers {
        answer.blocking_recv().unwrap().unwrap();
    }
    let said = said.lock().unwrap();
    let before = said.iter().position(|(whose, _)| *whose == "one").unwrap();
    assert!(before <= 16, "answered after {before} writes of another");
    let (many, count) = (said.iter().filter(|(whose, _)| *whose == "many"), said.len());
    assert!(many.is_sorted() && count == 501, "in the order they came");
    drop(said);
    writer.close();
}
