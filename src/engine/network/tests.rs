//! Where codes lead as networks come and go.

use super::{Address, Authority, Called, DeadEnd, Interface, IpAddr, Known, Listening, Network, UserId, io};

fn network(found: &[(&str, &str)]) -> Network {
    let listening = Listening { scheme: "http", ip: [0, 0, 0, 0].into(), port: 8000, public: None };
    let network = Network::new(listening, None);
    *network.lock() = Known { found: interfaces(found), ..Known::default() };
    network
}

/// A `!` before the name: no cable in.
fn interfaces(found: &[(&str, &str)]) -> Vec<Interface> {
    let interface = |(name, ip): &(&str, &str)| Interface {
        name: name.trim_start_matches('!').into(),
        ip: ip.parse().unwrap(),
        running: !name.starts_with('!'),
        tunnel: false,
    };
    found.iter().map(interface).collect()
}

fn called(name: &str) -> Called {
    Called { scheme: "http", authority: Authority::parse(name).unwrap() }
}

const TWO: [(&str, &str); 4] =
    [("eth0", "192.168.1.20"), ("wlan0", "10.42.0.1"), ("wg0", "10.9.0.2"), ("lo", "127.0.0.1")];

#[test]
fn a_hosts_codes_lead_where_the_host_is_and_nowhere_else() {
    let dj = UserId::parse("dj").unwrap();
    for (name, near, pages, room) in [
        ("10.42.0.1:8000", false, "http://10.42.0.1:8000", "http://10.42.0.1:8000"),
        ("party.local:8000", true, "http://party.local:8000", "http://192.168.1.20:8000"),
        ("raspberrypi:8000", false, "http://raspberrypi:8000", "http://192.168.1.20:8000"),
        // Known to this machine's hosts file, perhaps.
        ("raspberrypi:8000", true, "http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        // Not ours, not a guest's, not a LAN's.
        ("10.42.0.9:8000", false, "http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("10.9.0.2:8000", false, "http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("127.0.0.1:8000", false, "http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("localhost:8000", false, "http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("party.example", false, "http://192.168.1.20:8000", "http://192.168.1.20:8000"),
    ] {
        let network = network(&TWO);
        let changed = network.note_called(&dj, called(name), near);
        assert_eq!(network.of(&dj).as_str(), pages, "{name}");
        assert_eq!((network.of_room(&dj).as_str(), changed), (room, room.contains("10.42")), "{name}");
        let other = UserId::parse("other").unwrap();
        assert_eq!(network.of(&other).as_str(), "http://192.168.1.20:8000", "{name} is another's");
    }
}

#[test]
fn an_address_that_is_gone_leads_no_host_any_more() {
    let (network, dj) = (network(&TWO), UserId::parse("dj").unwrap());
    let _ = network.note_called(&dj, called("10.42.0.1:8000"), false);
    network.lock().found = interfaces(&TWO[..1]);
    assert_eq!(network.of(&dj).as_str(), "http://192.168.1.20:8000");
    let _ = network.note_called(&dj, called("party.lan"), false);
    assert_eq!(network.of(&dj).as_str(), "http://party.lan");
    network.lock().found = interfaces(&TWO[3..]);
    assert!(network.of(&dj).dead_end().is_some(), "no network has a name either");
}

#[test]
fn a_cable_that_is_out_leads_nobody_anywhere() {
    let (network, dj) = (network(&TWO), UserId::parse("dj").unwrap());
    let _ = network.note_called(&dj, called("192.168.1.20:8000"), false);
    let pulled = [("!eth0", "192.168.1.20"), ("wlan0", "10.42.0.1"), ("lo", "127.0.0.1")];
    network.lock().found = interfaces(&pulled);
    network.lock().found.rotate_left(1);
    assert_eq!(network.of(&dj).as_str(), "http://10.42.0.1:8000", "what the DJ called it leads nowhere now");
    assert!(!network.note_called(&dj, called("192.168.1.20:8000"), false), "nor is it a hint");
    let ip = |text: &str| text.parse::<IpAddr>().ok();
    assert!(!network.choose(ip("192.168.1.20")).unwrap(), "nor to be chosen");
    assert_eq!(network.outlook().choices.len(), 1);
    // Chosen while it was there.
    network.lock().found = interfaces(&TWO);
    assert!(network.choose(ip("10.42.0.1")).unwrap());
    network.lock().found = interfaces(&[("eth0", "192.168.1.20"), ("!wlan0", "10.42.0.1")]);
    assert_eq!((network.address().as_str(), network.outlook().current), ("http://192.168.1.20:8000", None));
    // And with nothing else: the address stays on what is printed, and every page warns.
    network.lock().found = interfaces(&[("!eth0", "192.168.1.20"), ("wg0", "10.9.0.2")]);
    for address in [network.address(), network.of(&dj), network.of_room(&dj)] {
        assert_eq!((address.as_str(), address.dead_end()), ("http://192.168.1.20:8000", Some(DeadEnd::CutOff)));
    }
}

#[test]
fn interfaces_that_cannot_be_listed_for_a_moment_do_not_turn_every_code_to_127_0_0_1() {
    let (network, fault) = (network(&TWO), || Err(io::Error::from_raw_os_error(24)));
    let mut known = network.lock();
    for _ in 0..2 {
        assert!(!known.see(fault()) && known.blind);
        assert_eq!(known.found, interfaces(&TWO));
    }
    assert!(known.see(Ok(interfaces(&TWO[1..]))) && !known.blind);
    // Nothing known yet: what the routes tell, or nothing; never an error.
    known.found = vec![];
    known.see(fault());
    assert!(known.found.iter().all(|one| one.running && one.name.is_empty()), "{:?}", known.found);
}

#[test]
fn the_owners_choice_goes_before_what_a_host_calls_the_box() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("partyplaylist.address");
    let listening = Listening { scheme: "http", ip: [0, 0, 0, 0].into(), port: 8000, public: None };
    let network = Network::new(listening.clone(), Some(file.clone()));
    network.lock().found = interfaces(&TWO);
    let (dj, ip) = (UserId::parse("dj").unwrap(), |text: &str| text.parse::<IpAddr>().ok());
    let _ = network.note_called(&dj, called("192.168.1.20:8000"), false);
    for not_there in ["192.168.7.7", "127.0.0.1"] {
        assert!(!network.choose(ip(not_there)).unwrap(), "{not_there}");
    }
    assert!(network.choose(ip("10.42.0.1")).unwrap());
    assert_eq!(network.of(&dj).as_str(), "http://10.42.0.1:8000");
    // Kept over a restart, and while its network is away.
    let again = Network::new(listening.clone(), Some(file.clone()));
    again.lock().found = interfaces(&TWO);
    assert_eq!(again.address().as_str(), "http://10.42.0.1:8000");
    again.lock().found = interfaces(&TWO[..1]);
    assert_eq!(again.address().as_str(), "http://192.168.1.20:8000");
    again.lock().found = interfaces(&TWO);
    assert_eq!(again.address().as_str(), "http://10.42.0.1:8000");
    assert!(again.choose(None).unwrap() && !file.exists());
    assert_eq!(again.address().as_str(), "http://192.168.1.20:8000");
    // A file that says nothing is no choice.
    std::fs::write(&file, "\0\u{fffd}").unwrap();
    assert_eq!(Network::new(listening, Some(file)).lock().chosen, None);
}

#[test]
fn what_the_owner_set_goes_before_what_we_find() {
    let dj = UserId::parse("dj").unwrap();
    let public = Address::parse("https://party.example/");
    for (ip, public, own) in [
        ("0.0.0.0", public, "https://party.example"),
        ("192.168.9.9", None, "http://192.168.9.9:8000"),
        ("127.0.0.1", None, "http://127.0.0.1:8000"),
    ] {
        let network = Network::new(Listening { scheme: "http", ip: ip.parse().unwrap(), port: 8000, public }, None);
        network.lock().found = interfaces(&TWO);
        let _ = network.note_called(&dj, called("10.42.0.1:8000"), false);
        assert_eq!(network.of(&dj).as_str(), own);
    }
}
