//! Network namespaces: a box and a phone in a network of their own, apart from every real one.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// One namespace; gone with the value.
pub struct Space(String);

/// A box's namespace and a phone's, with nothing between them yet but what is asked for; `None`, with a word, where the
/// system lets nobody but root make them. As root they must work.
pub fn pair() -> Option<(Space, Space)> {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: network namespaces need root. Run this test as root.");
        return None;
    }
    Some((Space::new("box"), Space::new("phone")))
}

fn ip(args: &[&str]) -> Output {
    Command::new("ip").args(args).output().expect("ip (iproute2) is not installed")
}

impl Space {
    fn new(role: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("pp-{}-{}-{role}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let made = ip(&["netns", "add", &name]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let space = Self(name);
        space.ip("link set lo up");
        space
    }

    /// Runs `ip` in here.
    pub fn ip(&self, words: &str) -> String {
        let args: Vec<&str> = ["-n", &self.0].into_iter().chain(words.split_whitespace()).collect();
        let done = ip(&args);
        assert!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// An interface that leads nowhere, as a tunnel or a bridge without members does.
    pub fn alone(&self, name: &str, address: &str) {
        // Not every kernel has dummies: a cable whose other end lies loose is as good.
        let loose: String = format!("x{name}").chars().take(15).collect();
        self.ip(&format!("link add {name} type veth peer name {loose}"));
        self.ip(&format!("link set {loose} up"));
        self.address(name, address);
    }

    /// A cable, or a Wi-Fi, to somebody else.
    pub fn joined(&self, (name, address): (&str, &str), other: &Self, theirs: &str) {
        let peer = format!("p-{name}");
        self.ip(&format!("link add {name} type veth peer name {peer} netns {}", other.0));
        other.address(&peer, theirs);
        self.address(name, address);
    }

    fn address(&self, name: &str, address: &str) {
        let now = if address.contains(':') { "nodad" } else { "" };
        self.ip(&format!("link set {name} up"));
        self.ip(&format!("address add {address} dev {name} {now}"));
    }

    /// Does something in here; a process started meanwhile stays.
    pub fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let door = File::open(format!("/run/netns/{}", self.0)).unwrap();
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(door.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                act()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        ip(&["netns", "delete", &self.0]);
    }
}
