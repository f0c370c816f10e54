//! Who sends what proxies add and is none that is believed: the few of whom most was seen, however many come by.

use std::net::IpAddr;

/// Strangers that are remembered.
const MOST: usize = 4;
/// Requests after which one that took another's place is worth a line in the log.
const ENOUGH: usize = 20;
/// Lines in the log, all told.
const LINES: usize = 16;

#[derive(Default)]
pub struct Strangers {
    known: Vec<Stranger>,
    lines: usize,
}

struct Stranger {
    ip: IpAddr,
    header: &'static str,
    /// Requests since it was remembered.
    seen: usize,
    /// The same with those of whom it took the place from, so that each newcomer pushes out the one seen least.
    weight: usize,
    newcomer: bool,
}

impl Strangers {
    /// Counts a request; answers whether a line in the log is due.
    pub fn note(&mut self, ip: IpAddr, header: &'static str) -> bool {
        let at = self.known.iter().position(|one| one.ip == ip).unwrap_or_else(|| self.take_in(ip, header));
        let one = &mut self.known[at];
        (one.seen, one.weight) = (one.seen.saturating_add(1), one.weight.saturating_add(1));
        let due = one.seen == if one.newcomer { ENOUGH } else { 1 } && self.lines < LINES;
        self.lines += usize::from(due);
        due
    }

    /// Remembers one more, in the place of the one seen least where all are taken; answers where.
    fn take_in(&mut self, ip: IpAddr, header: &'static str) -> usize {
        let least = (0..self.known.len()).min_by_key(|at| self.known[*at].weight);
        match least {
            Some(at) if self.known.len() >= MOST => {
                let weight = self.known[at].weight;
                self.known[at] = Stranger { ip, header, seen: 0, weight, newcomer: true };
                at
            }
            _ => {
                self.known.push(Stranger { ip, header, seen: 0, weight: 0, newcomer: false });
                self.known.len() - 1
            }
        }
    }

    /// Who they are, and the first header each of them sent; the one seen most comes first.
    pub fn most_seen(&self) -> Vec<(IpAddr, &'static str)> {
        let mut known: Vec<&Stranger> = self.known.iter().collect();
        known.sort_by_key(|one| std::cmp::Reverse(one.seen));
        known.into_iter().map(|one| (one.ip, one.header)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{IpAddr, LINES, MOST, Strangers};

    fn ip(last: u8) -> IpAddr {
        [192, 168, 1, last].into()
    }

    #[test]
    fn phones_that_send_via_do_not_hide_the_proxy_that_nobody_named() {
        let (mut strangers, proxy) = (Strangers::default(), ip(250));
        for phone in 1..=4 {
            assert!(strangers.note(ip(phone), "Via"));
        }
        let mut said = 0;
        for n in 0..400_u32 {
            said += usize::from(strangers.note(proxy, "X-Forwarded-For"));
            // And ever new phones come by.
            strangers.note(ip(u8::try_from(5 + n % 200).unwrap()), "Via");
        }
        assert_eq!(strangers.most_seen()[0], (proxy, "X-Forwarded-For"));
        assert_eq!((strangers.most_seen().len(), said), (MOST, 1));
    }

    #[test]
    fn strangers_fill_neither_the_list_nor_the_log() {
        let mut strangers = Strangers::default();
        let lines = (0..100_000_u32).filter(|n| {
            let ip = IpAddr::from((n / 40).to_be_bytes());
            strangers.note(ip, "Via")
        });
        assert_eq!(lines.count(), LINES);
        assert_eq!(strangers.most_seen().len(), MOST);
    }
}
