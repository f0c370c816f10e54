//! What goes over a venue's Wi-Fi, in the long queue of a full night and in a short one.

use crate::bytes::{VOTES, first_load, of_a_vote};
use crate::party::Party;
use crate::plot::Bar;
use crate::report::Report;

pub fn run(report: &mut Report) {
    println!(
        "bytes: on the wire, head and all; pages compressed where the box compresses, streams as a script hears them"
    );
    for songs in [4, 400] {
        let party = Party::with(songs, VOTES + 1);
        let pages = [("guest", "/djane", &party.guests[0]), ("host", "/djane/admin/requests", &party.host)];
        for (who, path, caller) in pages {
            let (page, all) = first_load(&party, path, caller);
            println!("  the {who}'s page, {songs:>3} songs: {page:>7}, with all that it loads {all:>7}");
            if (who, songs) == ("guest", 400) {
                report.found("first-load", in_kilobytes(all));
            }
        }
        let votes = of_a_vote(&party);
        if songs == 400 {
            draw(report, &votes);
        }
        for (who, bytes) in votes {
            println!("  one vote,  {songs:>3} songs: {bytes:>7} to a {who}");
            let row = [("guest", "vote-guest"), ("dj", "vote-dj"), ("screen", "vote-screen")];
            if let Some((_, row)) = row.iter().find(|(one, _)| songs == 400 && *one == who) {
                report.found(row, in_kilobytes(bytes));
            }
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn draw(report: &mut Report, votes: &[(&str, usize)]) {
    let known = |who: &str| match who {
        "guest" => (Some(139e3), Some(600.0)),
        "dj" => (Some(628e3), Some(1_500.0)),
        "screen" => (Some(11e3), Some(1_000.0)),
        _ => (None, None),
    };
    let bars = votes.iter().map(|(who, bytes)| {
        let (before, goal) = known(who);
        Bar {
            label: format!("to a {}", who.replace("dj", "DJ")),
            now: *bytes as f64,
            before,
            goal,
            told: in_kilobytes(*bytes),
        }
    });
    report.plot("bytes", "Bytes of one vote with 400 songs in line", &bars.collect::<Vec<_>>());
}

#[allow(clippy::cast_precision_loss)]
fn in_kilobytes(bytes: usize) -> String {
    if bytes < 10_000 { format!("{bytes} B") } else { format!("{:.1} kB", bytes as f64 / 1e3) }
}
