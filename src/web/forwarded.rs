//! What proxies say of a request they pass on, read from their headers. Every header is a chain of ends, told here from
//! the nearest outwards; an end that is no address is `None`.

use std::net::{IpAddr, SocketAddr};

/// The ends one header tells of, the nearest first.
pub type Chain = Vec<Option<IpAddr>>;

/// `X-Forwarded-For`, in as many lines as there are: a list each proxy adds to at its end.
pub fn listed<'h>(lines: impl Iterator<Item = &'h str>) -> Chain {
    let ends: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|end| !end.is_empty()).collect();
    ends.into_iter().rev().map(end).collect()
}

/// `Forwarded` (RFC 7239), in as many lines as there are.
pub fn standard<'h>(lines: impl Iterator<Item = &'h str>) -> Chain {
    let mut hops: Chain = hops(lines).map(|hop| end(&parameter(hop, "for")?)).collect();
    hops.reverse();
    hops
}

/// What `Forwarded` tells of each hop under a name, the first hop first.
pub fn told<'h>(lines: impl Iterator<Item = &'h str>, name: &str) -> Vec<String> {
    hops(lines).filter_map(|hop| parameter(hop, name)).collect()
}

/// The hops of all lines. A line with a quote left open is one hop that names nobody: behind the open quote of an asker,
/// what a proxy added would be part of what the asker says.
fn hops<'h>(lines: impl Iterator<Item = &'h str>) -> impl Iterator<Item = &'h str> {
    lines.flat_map(|line| split(line, ',').unwrap_or(vec!["open"])).filter(|hop| !hop.trim().is_empty())
}

fn parameter(hop: &str, wanted: &str) -> Option<String> {
    split(hop, ';')?.into_iter().find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| unquoted(value.trim()))
    })
}

/// Splits where no quotes are around; `None` where one is left open.
fn split(text: &str, at: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|c| {
        let plain = !escaped;
        escaped = plain && quoted && c == '\\';
        quoted ^= plain && c == '"';
        c == at && !quoted
    });
    let parts = parts.collect();
    (!quoted).then_some(parts)
}

fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return text.to_owned() };
    let (mut plain, mut escaped) = (String::new(), false);
    for c in inner.chars() {
        escaped = c == '\\' && !escaped;
        if !escaped {
            plain.push(c);
        }
    }
    plain
}

/// One end: an address, perhaps with a port, in brackets or with the name of an interface. Anything else, such as
/// `unknown` and `_hidden`, names nobody. An IPv4 address in IPv6 clothes is the same end.
pub fn end(text: &str) -> Option<IpAddr> {
    let text = unquoted(text.trim());
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').filter(|(_, after)| after.is_empty() || after.starts_with(':'))?.0,
        None => text.as_str(),
    };
    let bare = bare.split('%').next().unwrap_or_default();
    let ip = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|end| end.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

/// Who asked, as far as those who are believed say so with one voice: from `peer` outwards along the chains, past every
/// proxy we know, up to the first end we do not. A proxy passes on what it does not write itself, so that where two
/// headers differ, one of them may be the asker's own: then nobody is believed any further.
pub fn asker(peer: IpAddr, chains: &[Chain], known: impl Fn(IpAddr) -> bool) -> IpAddr {
    let longest = chains.iter().map(Vec::len).max().unwrap_or_default();
    let mut at = peer;
    for step in 0..longest {
        let mut ends = chains.iter().filter_map(|chain| chain.get(step));
        let Some(Some(first)) = ends.next() else { break };
        if !ends.all(|end| *end == Some(*first)) {
            break;
        }
        at = *first;
        if !known(at) {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Chain, asker, end, listed, standard, told};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn shown(chain: Chain) -> Vec<String> {
        chain.into_iter().map(|end| end.map_or("?".into(), |ip| ip.to_string())).collect()
    }

    #[test]
    fn an_end_is_read_with_port_brackets_and_interface_and_garbage_is_nobody() {
        for (text, wanted) in [
            ("192.0.2.1", "192.0.2.1"),
            (" 192.0.2.1:4711 ", "192.0.2.1"),
            ("\"192.0.2.1:4711\"", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:DB8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("\"[2001:db8::1]:443\"", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ] {
            assert_eq!(end(text), Some(ip(wanted)), "{text}");
        }
        for text in [
            "",
            "unknown",
            "_hidden",
            "_gazonk:80",
            "1.2.3",
            "1.2.3.4.5",
            "256.0.0.1",
            "[::1",
            "[::1]x",
            "a.b",
            "-",
            "::1:x",
            "\u{661}.1.1.1",
        ] {
            assert_eq!(end(text), None, "{text}");
        }
    }

    #[test]
    fn lists_over_several_lines_are_one_chain_told_from_the_nearest_end() {
        let lines = ["10.9.9.9, 192.0.2.1", "", " 198.51.100.7:80 ,, [2001:db8::1]:443,"];
        assert_eq!(shown(listed(lines.into_iter())), ["2001:db8::1", "198.51.100.7", "192.0.2.1", "10.9.9.9"]);
        let lines = [
            "for=192.0.2.43;proto=http, For=\"[2001:db8:cafe::17]:4711\"",
            "by=203.0.113.43;FOR=_hidden, for=unknown , proto=https;host=\"a,b;c=\\\"d\"; for = \"198.51.100.7:80\", by=x",
        ];
        let wanted = ["?", "198.51.100.7", "?", "?", "2001:db8:cafe::17", "192.0.2.43"];
        assert_eq!(shown(standard(lines.into_iter())), wanted);
        assert_eq!(told(lines.into_iter(), "host"), ["a,b;c=\"d"]);
        assert_eq!(told(lines.into_iter(), "proto"), ["http", "https"]);
        // An asker leaves a quote open, and the proxy adds to the same line.
        for sent in ["for=203.0.113.9;a=\"", "for=203.0.113.9;a=\"\\", "for=\"203.0.113.9", "a=\""] {
            for added in ["for=192.0.2.1", "for=\"[2001:db8::1]\""] {
                let line = format!("{sent}, {added}");
                assert!(standard([line.as_str()].into_iter())[0].is_none(), "{line}");
            }
        }
        for odd in ["", ",", ";;", "for", "for=", "=1.2.3.4", "\"", "for=\"", "for=\"1.2.3.4", "for=\\"] {
            assert!(standard([odd].into_iter()).iter().all(Option::is_none), "{odd}");
        }
    }

    #[test]
    fn the_asker_is_the_nearest_end_that_is_no_proxy_of_ours() {
        let ours = |at: IpAddr| [ip("10.0.0.1"), ip("10.0.0.2")].contains(&at);
        let who = |chains: &[&[&str]]| {
            let chains: Vec<Chain> = chains.iter().map(|ends| ends.iter().map(|text| end(text)).collect()).collect();
            asker(ip("10.0.0.1"), &chains, ours).to_string()
        };
        assert_eq!(who(&[]), "10.0.0.1");
        assert_eq!(who(&[&["192.0.2.1"]]), "192.0.2.1");
        assert_eq!(who(&[&["192.0.2.1", "203.0.113.9"]]), "192.0.2.1", "what the phone itself sent is further out");
        assert_eq!(who(&[&["10.0.0.2", "192.0.2.1", "203.0.113.9"]]), "192.0.2.1");
        assert_eq!(who(&[&["10.0.0.2", "unknown", "203.0.113.9"]]), "10.0.0.2", "nobody behind a gap is believed");
        assert_eq!(who(&[&["garbage", "203.0.113.9"]]), "10.0.0.1");
        assert_eq!(who(&[&["192.0.2.1", "203.0.113.9"], &["192.0.2.1"]]), "192.0.2.1", "two headers, one voice");
        assert_eq!(who(&[&["203.0.113.9"], &["192.0.2.1"]]), "10.0.0.1", "one of them is the phone's own");
        assert_eq!(who(&[&["10.0.0.2", "203.0.113.9"], &["10.0.0.2", "192.0.2.1"]]), "10.0.0.2");
        assert_eq!(who(&[&["10.0.0.2", "10.0.0.1"]]), "10.0.0.1", "a chain of proxies alone");
    }
}
