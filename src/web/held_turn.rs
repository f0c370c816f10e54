//! One of the turns that a source has: an answer is worked on while it is held, and gives it on where it waits for somebody.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use tokio::task_local;
use tokio::time::timeout;

use super::admission::Turn;

/// How long a turn is at most.
const LONGEST: Duration = Duration::from_millis(200);

task_local! {
    static TURN: Cell<Option<Turn>>;
}

/// Works while it holds a turn, and on to the end.
pub async fn during<T>(turn: Option<Turn>, work: impl Future<Output = T>) -> T {
    let all = async {
        let mut work = pin!(work);
        if let Ok(done) = timeout(LONGEST, &mut work).await {
            return done;
        }
        give_on();
        work.await
    };
    TURN.scope(Cell::new(turn), all).await
}

/// Gives the turn on: what follows waits for somebody, and costs the box nothing meanwhile.
fn give_on() {
    // Whoever works outside of an answer has none.
    let _ = TURN.try_with(|turn| drop(turn.take()));
}

/// Waits for an answer from somewhere else, and keeps no turn meanwhile.
pub async fn waiting<T>(answer: impl Future<Output = T>) -> T {
    give_on();
    answer.await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::admission::{Admission, Asker};
    use super::{during, give_on};

    #[tokio::test]
    async fn who_waits_for_somebody_keeps_no_turn() {
        let turns = Arc::<Admission>::default();
        let source = [192, 168, 1, 2].into();
        let turn = turns.take(source, || Asker::Connection(1)).await;
        let seen = during(turn, async {
            let before = turns.taken(source);
            give_on();
            (before, turns.taken(source))
        });
        assert_eq!((seen.await, turns.taken(source)), ((1, 0), 0));
    }
}
