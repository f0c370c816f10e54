//! How wrong PINs are counted.

use super::{
    DAY_MS, FEW, PinAttempt, PinCaller, Pins, SLOWEST_MS, TRIES_OF_ALL, TRIES_OF_SOURCE, Timestamp, WINDOW_MS,
};

const HOUR_MS: i64 = 3_600_000;

fn attempt(right: bool) -> PinAttempt {
    PinAttempt { right, lock: [7; 32] }
}

fn at(source: &str) -> PinCaller {
    PinCaller { known: None, source: source.into() }
}

/// Whether the right one would open.
fn opens(pins: &Pins, source: &str, now: Timestamp) -> bool {
    pins.judge(&attempt(true), &at(source), now).is_ok()
}

fn guess(pins: &Pins, source: &str, now: Timestamp) {
    assert!(pins.judge(&attempt(false), &at(source), now).is_err());
}

/// Guesses that are looked at, of `sources` that try each second for so long.
fn looked_at(sources: i64, ms: i64) -> usize {
    let pins = Pins::default();
    let mut seen = 0;
    for n in 0..ms / 1000 * sources {
        let (source, now) = (format!("source {}", n % sources), Timestamp(n / sources * 1000));
        seen += usize::from(opens(&pins, &source, now));
        guess(&pins, &source, now);
    }
    seen
}

#[test]
fn three_hundred_wrong_pins_from_two_sources_keep_nobody_else_out() {
    let (pins, now) = (Pins::default(), Timestamp(0));
    for n in 0..TRIES_OF_ALL {
        guess(&pins, if n < TRIES_OF_SOURCE { "one" } else { "two" }, now);
    }
    assert!(!opens(&pins, "one", now) && !opens(&pins, "two", now));
    for guest in 0..300 {
        assert!(opens(&pins, &format!("guest {guest}"), now), "{guest}");
    }
    // Another router with its guests and their typos.
    (0..FEW).for_each(|_| guess(&pins, "router", now));
    assert!(!opens(&pins, "router", now));
    assert!(opens(&pins, "router", Timestamp(1000)), "it waits for a second");
    // And for those behind the same address as the guesser the door is slower, and not shut.
    assert!(opens(&pins, "one", Timestamp(SLOWEST_MS)));
}

#[test]
fn behind_one_router_the_first_waits_are_seconds_and_grow() {
    let pins = Pins::default();
    (0..TRIES_OF_SOURCE).for_each(|_| guess(&pins, "router", Timestamp(0)));
    let mut now = 0;
    for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300] {
        assert!(!opens(&pins, "router", Timestamp(now + wait * 1000 - 1)), "{wait}");
        now += wait * 1000;
        assert!(opens(&pins, "router", Timestamp(now)), "{wait}");
        guess(&pins, "router", Timestamp(now));
    }
    assert!(opens(&pins, "router", Timestamp(now + WINDOW_MS)));
    assert!(opens(&pins, "router", Timestamp(-DAY_MS)), "a clock set back holds up nobody");
}

#[test]
fn a_night_of_guessing_finds_a_pin_with_a_chance_of_one_in_twelve_and_from_two_addresses_of_one_in_seven() {
    let (one, two) = (looked_at(1, 6 * HOUR_MS), looked_at(2, 6 * HOUR_MS));
    assert!((400..9600 / 12).contains(&one), "{one}");
    assert!((600..9600 / 7).contains(&two), "{two}");
}

#[test]
fn a_pin_that_is_guessed_at_is_known_to_be_until_it_is_another() {
    let pins = Pins::default();
    (1..TRIES_OF_SOURCE).for_each(|_| guess(&pins, "one", Timestamp(0)));
    assert!(!pins.is_guessed(&[7; 32], Timestamp(0)), "typos of a busy night");
    guess(&pins, "two", Timestamp(0));
    assert!(pins.is_guessed(&[7; 32], Timestamp(0)));
    assert!(!pins.is_guessed(&[7; 32], Timestamp(WINDOW_MS)), "it has stopped");
    assert!(!pins.is_guessed(&[8; 32], Timestamp(0)));
}

#[test]
fn who_is_known_has_five_tries_whoever_is_behind_the_same_source() {
    let (pins, now) = (Pins::default(), Timestamp(0));
    let known = |name: &str| PinCaller { known: Some(name.into()), source: "one".into() };
    for _ in 0..5 {
        assert!(pins.judge(&attempt(false), &known("a"), now).is_err());
    }
    assert!(pins.judge(&attempt(true), &known("a"), now).is_err(), "who guesses learns nothing");
    assert!(pins.judge(&attempt(true), &known("b"), now).is_ok());
    assert!(pins.judge(&attempt(true), &known("a"), Timestamp(WINDOW_MS)).is_ok());
}
