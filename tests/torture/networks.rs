//! Whatever network the box is in: codes and links lead where a guest's phone gets an answer, and where none would, it is said.

use std::io::Cursor;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::spaces::{Space, pair};
use crate::venue::{Answer, Caller, PASSWORD, Said, Venue, program};

const PATIENCE: Duration = Duration::from_secs(30);
/// What every warning says.
const NOWHERE: &str = "leads nowhere";
const OWN: &str = "http://127.0.0.1:8000";

/// Starts a box in there, on its usual port and every network.
fn start(space: &Space, dir: tempfile::TempDir) -> Venue {
    let mut command = program();
    command.arg("--data").arg(dir.path());
    space.within(|| Venue::start(command, dir))
}

/// The owner, at the box itself: what they call it is no hint.
fn claim(space: &Space, link: &str) -> Caller {
    let (base, token) = link.split_once("/setup?t=").unwrap();
    let base = base.to_owned();
    space.within(|| {
        let mut owner = Caller::new(&base);
        assert_eq!(owner.get(&format!("/setup?t={token}")).status, 200);
        let account = json!({ "token": token, "username": "owner", "password": PASSWORD });
        let answer = owner.post("/api/setup", &account);
        assert_eq!(answer.status, 201, "{}", answer.body);
        at(OWN, &answer.json()["token"])
    })
}

/// The owner by another of the box's names.
fn at(base: &str, token: &Value) -> Caller {
    let mut caller = Caller::new(base);
    caller.token = token.as_str().map(str::to_owned);
    caller
}

fn begin(space: &Space, owner: &mut Caller) {
    let answer = space.within(|| owner.post("/api/owner/event", &json!({ "name": "Tonight" })));
    assert_eq!(answer.status, 201, "{}", answer.body);
}

fn decode(width: usize, height: usize, light: impl FnMut(usize, usize) -> u8) -> String {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, light);
    image.detect_grids().first().expect("no QR code on the picture").decode().unwrap().1
}

fn scan_png(bytes: &[u8]) -> String {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let width = info.width as usize;
    decode(width, info.height as usize, |x, y| pixels[y * width + x])
}

/// What is on the code that is drawn in a page.
fn scan_svg(page: &str) -> String {
    let number =
        |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap();
    let label = page.find("aria-label=\"QR code to join\"").expect("no code on the page");
    let code = &page[page[..label].rfind("<svg").unwrap()..];
    let side = number(code.split("viewBox=\"0 0 ").nth(1).unwrap());
    let path = code.split("<path d=\"").nth(1).unwrap().split('"').next().unwrap();
    let dark: std::collections::HashSet<_> =
        path.split('M').skip(1).map(|at| at.split_once(',').map(|(x, y)| (number(x), number(y))).unwrap()).collect();
    let scale = 8;
    decode(side * scale, side * scale, |x, y| if dark.contains(&(x / scale, y / scale)) { 0 } else { 255 })
}

/// Every way in that the box shows, to its owner at `owner` and on a screen: they must all be the same. Answers it.
fn shown(space: &Space, owner: &mut Caller) -> String {
    space.within(|| {
        let join = owner.join_url("owner");
        assert_eq!(scan_png(&picture(owner)), join, "the picture to download");
        assert_eq!(scan_svg(&owner.get("/api/owner/event/qr.svg").body), join, "the code on the overview");
        let poster = owner.get("/owner/admin/poster").body;
        assert_eq!(scan_svg(&poster), join, "the poster");
        let base = join.split("/owner").next().unwrap().to_owned();
        assert!(poster.contains(&format!("{base}/owner<")), "the words under the poster's code");
        let screen = owner.post("/api/owner/screens", &json!({ "label": "TV" })).json()["url"].clone();
        let path = screen.as_str().unwrap().strip_prefix(&base).expect("the screen's link leads elsewhere").to_owned();
        let mut tv = Caller::new(OWN);
        assert_eq!(tv.get(&path).status, 303);
        assert_eq!(scan_svg(&tv.get("/owner/display").body), join, "the screen");
        join
    })
}

fn picture(owner: &Caller) -> Vec<u8> {
    let token = owner.token.as_ref().unwrap();
    let answer = ureq::get(format!("{OWN}/api/owner/event/qr.png")).header("Authorization", format!("Bearer {token}"));
    answer.call().unwrap().into_body().read_to_vec().unwrap()
}

/// A phone with the code in its camera is let in.
fn let_in(phone: &Space, join: &str) {
    let (base, path) = join.split_once("/owner").unwrap();
    let answer = phone.within(|| Caller::new(base).get(&format!("/owner{path}")));
    assert_eq!(answer.status, 303, "{join}: {}", answer.body);
}

fn doctor(space: &Space, venue: &Venue) -> (Option<i32>, String) {
    doctor_of(space, venue, &[], "address")
}

/// What doctor, asked with these flags, says of one thing.
fn doctor_of(space: &Space, venue: &Venue, flags: &[&str], what: &str) -> (Option<i32>, String) {
    let mut command = program();
    command.arg("--data").arg(venue.file().parent().unwrap()).arg("doctor").args(flags);
    command.env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1");
    let out = space.within(move || command.output().unwrap());
    let said = String::from_utf8(out.stdout).unwrap();
    let line = said
        .lines()
        .find(|line| line[7..].starts_with(what))
        .unwrap_or_else(|| panic!("nothing of {what}: {said}"))
        .to_owned();
    (out.status.code(), line)
}

fn pages(space: &Space, owner: &mut Caller) -> [Answer; 2] {
    space.within(|| ["overview", "poster"].map(|page| owner.get(&format!("/owner/admin/{page}"))))
}

/// Whether overview and poster warn; they agree, but for the moment in which the network changes between the two.
fn warned(space: &Space, owner: &mut Caller) -> bool {
    until("of one mind, overview and poster", || {
        let told = pages(space, owner).map(|page| page.body.contains(NOWHERE));
        (told[0] == told[1]).then_some(told[0])
    })
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "never {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The next line at the terminal with these words in it.
fn line(venue: &Venue, words: &str) -> String {
    let said = venue.said.lock().unwrap();
    loop {
        let line = said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("never said {words:?}"));
        if line.contains(words) {
            return line;
        }
    }
}

/// A whole evening in a network: `best` is where every way in must lead, and a phone in the LAN must be let in there.
fn evening(what: &str, best: &str, make: impl FnOnce(&Space, &Space)) {
    let Some((space, phone)) = pair() else { return };
    make(&space, &phone);
    let venue = start(&space, tempfile::tempdir().unwrap());
    let base = format!("http://{best}:8000");
    assert!(venue.greeting.iter().any(|line| line.ends_with(&format!("at {base}"))), "{what}: {:?}", venue.greeting);
    assert!(venue.setup_link().starts_with(&format!("{base}/setup?t=")), "{what}: {}", venue.setup_link());
    // The link works on the owner's phone.
    let mut owner = claim(&phone, venue.setup_link());
    begin(&space, &mut owner);
    let join = shown(&space, &mut owner);
    assert!(join.starts_with(&format!("{base}/owner?t=")), "{what}: {join}");
    let_in(&phone, &join);
    assert!(!warned(&space, &mut owner), "{what}: warned for nothing");
    let (_, said) = doctor(&space, &venue);
    assert!(said.starts_with("ok") && said.contains(&format!("is {base}.")), "{what}: {said}");
    println!("{what:<44} {base}");
}

#[test]
fn the_code_leads_to_the_box_in_a_lan_without_a_way_out() {
    evening("a LAN without a default route", "192.168.1.20", |space, phone| {
        space.joined(("eth0", "192.168.1.20/24"), phone, "192.168.1.9/24");
    });
}

#[test]
fn the_code_leads_to_the_box_in_its_own_hotspot() {
    evening("the box's own hotspot", "10.42.0.1", |space, phone| {
        space.joined(("wlan0", "10.42.0.1/24"), phone, "10.42.0.77/24");
    });
}

#[test]
fn the_code_leads_to_the_box_in_a_plain_10_8_lan() {
    evening("a plain 10/8 LAN", "10.1.2.3", |space, phone| {
        space.joined(("eth0", "10.1.2.3/8"), phone, "10.200.0.1/8");
        space.ip("route add default via 10.0.0.1");
    });
}

#[test]
fn the_code_leads_to_the_box_where_there_is_ipv6_only() {
    evening("IPv6 only", "[fd00:5::20]", |space, phone| {
        space.joined(("eth0", "fd00:5::20/64"), phone, "fd00:5::9/64");
    });
}

#[test]
fn the_code_leads_to_the_lan_beside_a_vpn_that_took_the_way_out() {
    evening("a VPN with the default route, beside a LAN", "192.168.1.20", |space, phone| {
        space.alone("tun0", "10.8.0.2/24");
        space.ip("route add default dev tun0");
        space.alone("wg0", "10.0.0.2/32");
        space.alone("tailscale0", "100.101.102.103/32");
        space.joined(("wlan0", "192.168.1.20/24"), phone, "192.168.1.9/24");
    });
}

#[test]
fn the_code_leads_to_the_lan_beside_the_bridges_of_containers() {
    evening("container bridges, beside a LAN", "192.168.1.20", |space, phone| {
        for (name, address) in [
            ("docker0", "172.17.0.1/16"),
            ("br-0a1b2c3d4e5f", "172.18.0.1/16"),
            ("virbr0", "192.168.122.1/24"),
            ("podman0", "10.88.0.1/16"),
            ("lxcbr0", "10.0.3.1/24"),
            ("cni0", "10.85.0.1/16"),
        ] {
            space.alone(name, address);
        }
        space.ip("route add default dev docker0");
        space.joined(("eth0", "192.168.1.20/24"), phone, "192.168.1.9/24");
    });
}

#[test]
fn doctor_suspects_no_proxy_of_a_box_that_listens_on_one_address_of_its_lan() {
    let Some((space, phone)) = pair() else { return };
    space.joined(("eth0", "192.168.1.20/24"), &phone, "192.168.1.9/24");
    let (dir, at) = (tempfile::tempdir().unwrap(), ["--address", "192.168.1.20"]);
    let mut command = program();
    command.arg("--data").arg(dir.path()).arg("serve").args(at);
    let venue = space.within(|| Venue::start(command, dir));
    let (_, said) = doctor_of(&space, &venue, &at, "proxy");
    assert!(said.starts_with("ok"), "{said}");
}

#[test]
fn a_box_started_before_the_network_gets_right_without_a_restart() {
    let Some((space, phone)) = pair() else { return };
    let venue = start(&space, tempfile::tempdir().unwrap());
    assert!(venue.greeting.iter().any(|line| line.contains(NOWHERE)), "{:?}", venue.greeting);
    let (code, said) = doctor(&space, &venue);
    assert!(code == Some(1) && said.starts_with("WRONG") && said.contains("Plug in"), "{said}");
    // The router is slow: an address nobody gave out.
    space.joined(("eth0", "169.254.7.7/16"), &phone, "192.168.1.9/24");
    assert!(line(&venue, "No other device").contains("169.254.7.7"));
    let (code, said) = doctor(&space, &venue);
    assert!(code == Some(1) && said.starts_with("WRONG") && said.contains("router"), "{said}");
    space.ip("address add 192.168.1.20/24 dev eth0");
    let new = line(&venue, "Other devices reach");
    assert!(new.ends_with("at http://192.168.1.20:8000"), "{new}");
    // The link from the second greeting works, on a phone.
    let link = line(&venue, "/setup?t=");
    let mut owner = claim(&phone, &link[link.find("http").unwrap()..]);
    begin(&space, &mut owner);
    let join = shown(&space, &mut owner);
    assert!(join.starts_with("http://192.168.1.20:8000/owner?t="), "{join}");
    let_in(&phone, &join);
    assert!(!warned(&space, &mut owner));
    assert!(doctor(&space, &venue).1.starts_with("ok"));
    // Pulled out in the middle of the night: every page says so, and the screen that is open is told.
    let mut tv = Caller::new(OWN);
    let heard = space.within(|| {
        let screen = owner.post("/api/owner/screens", &json!({ "label": "TV" })).json()["url"].clone();
        tv.get(screen.as_str().unwrap().strip_prefix("http://192.168.1.20:8000").unwrap());
        tv.listen("/api/owner/display/live")
    });
    space.ip("link delete eth0");
    until("warned", || warned(&space, &mut owner).then_some(()));
    // The address may break before the name.
    let leads_here = |said: &Said| said.data.replace("<wbr>", "").contains("127.0.0.1:8000/owner");
    until("told the screen", || heard.try_recv().ok().filter(leads_here));
    assert!(line(&venue, "No other device").contains("127.0.0.1"));
    // Once for each address, and no link once the box has an owner.
    space.joined(("eth0", "192.168.1.20/24"), &phone, "192.168.1.9/24");
    assert!(line(&venue, "Other devices reach").contains("192.168.1.20"));
    until("mended", || (!warned(&space, &mut owner)).then_some(()));
    std::thread::sleep(Duration::from_millis(2500));
    let rest: Vec<String> = venue.said.lock().unwrap().try_iter().collect();
    assert!(!rest.iter().any(|line| line.contains("reach") || line.contains("/setup")), "{rest:?}");
    println!("{:<44} http://192.168.1.20:8000", "started before the network");
}

#[test]
fn the_code_leads_nobody_to_a_cable_that_is_out() {
    let Some((space, phone)) = pair() else { return };
    space.joined(("eth0", "192.168.1.20/24"), &phone, "192.168.1.9/24");
    space.joined(("wlan0", "192.168.7.9/24"), &phone, "192.168.7.77/24");
    phone.ip("link set p-eth0 down");
    // The kernel takes up to a second to notice.
    until("noticed", || (!space.ip("link show eth0").contains("state UP")).then_some(()));
    let venue = start(&space, tempfile::tempdir().unwrap());
    let (eth, wlan) = ("http://192.168.1.20:8000", "http://192.168.7.9:8000");
    assert!(venue.setup_link().starts_with(&format!("{wlan}/setup?t=")), "{}", venue.setup_link());
    let mut owner = claim(&space, venue.setup_link());
    begin(&space, &mut owner);
    // The other end goes and comes, or the owner takes this end down: the address stays there all the time.
    let far = |how: &str| phone.ip(&format!("link set p-eth0 {how}"));
    let near = |how: &str| space.ip(&format!("link set eth0 {how}"));
    for cable in [&far as &dyn Fn(&str) -> String, &near] {
        cable("up");
        assert!(line(&venue, "Other devices reach").contains(eth));
        let_in(&phone, &shown(&space, &mut owner));
        cable("down");
        assert!(line(&venue, "Other devices reach").contains(wlan));
        let join = shown(&space, &mut owner);
        assert!(join.starts_with(wlan), "{join}");
        let_in(&phone, &join);
        assert!(!warned(&space, &mut owner));
        far("up");
    }
    // The last one goes as well: the code keeps its address, and every page says that it leads nowhere.
    phone.ip("link set p-wlan0 down");
    let said = line(&venue, "No other device");
    assert!(said.contains("cable") && warned(&space, &mut owner), "{said}");
    let (code, said) = doctor(&space, &venue);
    assert!(code == Some(1) && said.starts_with("WRONG") && said.contains("cut off"), "{said}");
    phone.ip("link set p-wlan0 up");
    assert!(line(&venue, "Other devices reach").contains(wlan));
    assert!(!warned(&space, &mut owner) && doctor(&space, &venue).1.starts_with("ok"));
    println!("{:<44} {wlan}", "a cable that is out");
}

#[test]
fn a_box_in_several_lans_follows_its_owner_its_djs_and_every_change() {
    let Some((space, phone)) = pair() else { return };
    space.joined(("eth0", "192.168.1.20/24"), &phone, "192.168.1.9/24");
    space.joined(("wlan0", "10.42.0.1/24"), &phone, "10.42.0.77/24");
    let venue = start(&space, tempfile::tempdir().unwrap());
    let mut owner = claim(&space, venue.setup_link());
    begin(&space, &mut owner);
    let token = json!(owner.token.clone().unwrap());
    let leads = |owner: &mut Caller, to: &str| {
        let join = shown(&space, owner);
        assert!(join.starts_with(&format!("http://{to}:8000/owner?t=")), "{join} and not {to}");
        let_in(&phone, &join);
    };
    leads(&mut owner, "192.168.1.20");
    // Where the DJ is, there the guests are: by an address of ours, and by nothing else anybody may write there.
    let mut dj = at("http://10.42.0.1:8000", &token);
    phone.within(|| assert_eq!(dj.get("/owner/admin/overview").status, 200));
    leads(&mut owner, "10.42.0.1");
    for odd in ["10.42.0.9:8000", "127.0.0.1:8000", "localhost:8000", "evil.example:8000"] {
        phone.within(|| at("http://192.168.1.20:8000", &token).with("Host", odd).get("/api/owner/event"));
        leads(&mut owner, "10.42.0.1");
    }
    let mut guest = Caller::new("http://192.168.1.20:8000");
    phone.within(|| guest.get("/owner"));
    leads(&mut owner, "10.42.0.1");
    // A name the DJ uses is on the DJ's pages, but not on the screen: the TV may not know it.
    let named =
        phone.within(|| at("http://10.42.0.1:8000", &token).with("Host", "Party.LAN:8000").get("/api/owner/event"));
    assert!(named.body.contains("http://party.lan:8000/owner?t="), "{}", named.body);
    phone.within(|| dj.get("/api/owner/event"));
    // The owner's word goes before it, also after a restart.
    let put =
        |owner: &mut Caller, ip: &str| space.within(|| owner.put("/api/superadmin/address", &json!({ "ip": ip })));
    assert_eq!(put(&mut owner, "192.168.7.7").status, 422);
    assert_eq!(put(&mut owner, "192.168.1.20").status, 200);
    leads(&mut owner, "192.168.1.20");
    let (_, _, dir) = venue.terminate();
    let venue = start(&space, dir);
    phone.within(|| dj.get("/owner/admin/overview"));
    leads(&mut owner, "192.168.1.20");
    // Its network goes, and comes back with another address.
    space.ip("link delete eth0");
    assert!(line(&venue, "Other devices reach").contains("10.42.0.1"));
    leads(&mut owner, "10.42.0.1");
    let dashboard = space.within(|| owner.get("/superadmin/dashboard")).body;
    assert!(dashboard.contains("which is not there now"), "{dashboard}");
    assert!(dashboard.contains("The one it finds best: now 10.42.0.1"), "{dashboard}");
    assert!(!dashboard.contains("Nothing chosen,"), "{dashboard}");
    space.joined(("eth0", "192.168.1.77/24"), &phone, "192.168.1.9/24");
    assert!(line(&venue, "Other devices reach").contains("192.168.1.77"));
    leads(&mut owner, "192.168.1.77");
    assert_eq!(put(&mut owner, "").status, 200);
    leads(&mut owner, "10.42.0.1");
    let (_, said) = doctor(&space, &venue);
    assert!(said.starts_with("ok") && said.contains("also at http://"), "{said}");
    println!("{:<44} follows owner, DJ and change", "several LANs");
}
