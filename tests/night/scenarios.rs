//! The six scenarios of the plan the product began from, and the tricks that go with them.

use std::io::{Read, Write};
use std::net::TcpStream;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::in_process::KEY;
use crate::inside::{Inside, START};
use crate::venue::{Caller, Venue};

#[test]
fn scenario_1_somebody_signs_in_and_reaches_their_own_pages() {
    let inside = Inside::open(1);
    let mut a = inside.sign_in("usera");
    assert_eq!(a.get("/api/usera/event").status, 200);
    assert_eq!(a.get("/usera/admin/overview").status, 200);
}

#[test]
fn scenario_2_another_users_pages_are_refused_and_the_attempt_is_written_down() {
    let inside = Inside::open(1);
    let (mut a, mut b) = (inside.sign_in("usera"), inside.sign_in("userb"));
    let refused = a.get("/api/userb/requests");
    assert_eq!((refused.status, refused.code().as_str()), (403, "not_owner"));
    let entries = b.get("/api/userb/audit").json()["entries"].clone();
    let seen = entries.as_array().unwrap().iter().any(|entry| {
        entry["actor"] == "usera" && entry["action"] == "GET /api/userb/requests" && entry["outcome"] == "refused"
    });
    assert!(seen, "{entries}");
}

#[test]
fn scenario_3_a_token_is_good_until_its_last_second_and_not_after() {
    let inside = Inside::open(1);
    let mut a = inside.sign_in("usera");
    inside.advance(3_599_000);
    assert_eq!(a.get("/api/me").status, 200);
    inside.advance(2_000);
    let late = a.get("/api/usera/requests");
    assert_eq!((late.status, late.code().as_str()), (401, "not_signed_in"));
    inside.advance(-3_000_000);
    assert_eq!(a.get("/api/me").status, 401, "a clock set back let an expired token in");
}

#[test]
fn a_clock_that_jumps_a_day_forth_or_back_lets_the_owner_in_again() {
    let inside = Inside::open(1);
    for jump in [86_400_000, -2 * 86_400_000, 86_400_000] {
        inside.advance(jump);
        let mut wrong = Caller::new(&inside.base);
        for _ in 0..4 {
            wrong.post("/api/login", &json!({ "username": "usera", "password": "wrong-password" }));
        }
        assert_eq!(inside.sign_in("usera").get("/api/me").status, 200, "after {jump} ms");
    }
}

#[test]
fn scenario_4_a_malformed_token_and_none_at_all_are_refused() {
    let inside = Inside::open(1);
    let mut caller = Caller::new(&inside.base);
    assert_eq!(caller.get("/api/usera/requests").code(), "not_signed_in");
    for malformed in ["x", "a.b.c", "Bearer", "eyJhbGciOiJIUzI1NiJ9..", "null", "undefined", "..."] {
        caller.token = Some(malformed.into());
        let answer = caller.get("/api/usera/requests");
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"), "{malformed}");
    }
}

#[test]
fn scenario_5_the_super_admin_enters_everywhere_and_a_dj_not_the_super_admins() {
    let inside = Inside::open(1);
    let (mut admin, mut a) = (inside.sign_in("admin"), inside.sign_in("usera"));
    for name in ["usera", "userb"] {
        assert_eq!(admin.get(&format!("/api/{name}/requests")).status, 200);
    }
    for path in ["/superadmin/dashboard", "/superadmin/users", "/api/superadmin/users", "/api/superadmin/audit"] {
        let refused = a.clone().with("Accept", "application/json").get(path);
        assert_eq!((refused.status, refused.code().as_str()), (403, "not_superadmin"), "{path}");
    }
    assert_eq!(a.get("/api/admin/requests").code(), "not_owner");
}

/// What a raw request is answered with; the request line is sent as it is.
fn raw(port: u16, line: &str, token: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head =
        format!("{line}\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn scenario_6_no_trick_of_the_path_shows_another_djs_rows() {
    let venue = Venue::demo();
    let token = venue.host("johnsmith").token.unwrap();
    let own = raw(venue.port(), "GET /api/johnsmith/requests HTTP/1.1", &token);
    assert!(own.starts_with("HTTP/1.1 200") && own.contains("Sunday Shoes"), "the way of asking is wrong: {own}");
    let tricks = [
        "GET /api/../janedoe/requests HTTP/1.1",
        "GET /api/johnsmith/../janedoe/requests HTTP/1.1",
        "GET /api/./janedoe/requests HTTP/1.1",
        "GET /api/janedoe%2F..%2Fjohnsmith/requests HTTP/1.1",
        "GET /api/johnsmith%2F..%2Fjanedoe/requests HTTP/1.1",
        "GET /api/johnsmith%252F..%252Fjanedoe/requests HTTP/1.1",
        "GET /api/%6aanedoe/requests HTTP/1.1",
        "GET /api/%256aanedoe/requests HTTP/1.1",
        "GET /api/janedoe;johnsmith/requests HTTP/1.1",
        "GET /api/johnsmith;/../janedoe/requests HTTP/1.1",
        "GET /api/janedoe./requests HTTP/1.1",
        "GET /api/janedoe%20/requests HTTP/1.1",
        "GET /api/janedoe%00/requests HTTP/1.1",
        "GET /api/JaneDoe/requests HTTP/1.1",
        "GET /api/j\u{430}nedoe/requests HTTP/1.1",
        "GET /api/j%D0%B0nedoe/requests HTTP/1.1",
        "GET /api/\u{ff4a}anedoe/requests HTTP/1.1",
        "GET //api//janedoe//requests HTTP/1.1",
        "GET /api/janedoe/requests/ HTTP/1.1",
        "GET /api/janedoe/requests#/api/johnsmith HTTP/1.1",
        "GET /api/janedoe/requests?user=johnsmith HTTP/1.1",
        "GET http://127.0.0.1/api/janedoe/requests HTTP/1.1",
        "GET http://johnsmith@127.0.0.1/api/janedoe/requests HTTP/1.1",
        "GET http://evil.example/api/janedoe/requests HTTP/1.1",
        "GET /api/johnsmith/%2e%2e/janedoe/requests HTTP/1.1",
        "GET /janedoe/admin/../../johnsmith/admin/requests HTTP/1.1",
        "GET \\api\\janedoe\\requests HTTP/1.1",
        "HEAD /api/janedoe/requests HTTP/1.1",
        "OPTIONS /api/janedoe/requests HTTP/1.1",
        "GET /api/janedoe/requests HTTP/1.0",
    ];
    for line in tricks {
        let answer = raw(venue.port(), line, &token);
        // Which methods there are is told to anybody, and nothing else.
        let told = line.starts_with("OPTIONS") && answer.starts_with("HTTP/1.1 204");
        assert!(told || !answer.starts_with("HTTP/1.1 2") && !answer.starts_with("HTTP/1.0 2"), "{line}: {answer}");
        for theirs in ["Vals del Viento", "Mira Sandoval", "Salsa Night", "Tres Guitarras"] {
            assert!(!answer.contains(theirs), "{line}: {answer}");
        }
    }
    println!("{} tricks of the path were refused", tricks.len());
}

#[test]
fn no_forged_token_passes() {
    let inside = Inside::open(1);
    let mut caller = inside.sign_in("usera");
    let good = caller.token.clone().unwrap();
    let claims: Value = {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(good.split('.').nth(1).unwrap()).unwrap()).unwrap()
    };
    let other = inside.sign_in("userb").get("/api/me").json()["id"].clone();
    let with = |patch: Value| {
        let mut forged = claims.clone();
        patch.as_object().unwrap().iter().for_each(|(key, value)| match value {
            Value::Null => drop(forged.as_object_mut().unwrap().remove(key)),
            _ => forged[key] = value.clone(),
        });
        forged
    };
    let sign = |algorithm, claims: &Value, key: &[u8]| {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
    };
    let seconds = START / 1000;
    let known = sign(Algorithm::HS256, &claims, &KEY);
    caller.token = Some(known);
    assert_eq!(caller.get("/api/me").status, 200, "the forger's workshop does not work");
    let none = {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), good.split('.').nth(1).unwrap())
    };
    // What confuses a checker with a public key of one kind of algorithm into using it for another.
    let named = |algorithm: &str| {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm, "typ": "JWT" }).to_string());
        let said = format!("{header}.{}", good.split('.').nth(1).unwrap());
        let seal =
            jsonwebtoken::crypto::sign(said.as_bytes(), &EncodingKey::from_secret(&KEY), Algorithm::HS256).unwrap();
        format!("{said}.{seal}")
    };
    caller.token = Some(named("HS256"));
    assert_eq!(caller.get("/api/me").status, 200, "the forger cannot name an algorithm");
    let table = [
        ("no algorithm", none),
        ("no algorithm, signed all the same", named("none")),
        ("a public key's algorithm", named("RS256")),
        ("a curve's algorithm", named("ES256")),
        ("an algorithm nobody knows", named("HS257")),
        ("another algorithm", sign(Algorithm::HS512, &claims, &KEY)),
        ("another key", sign(Algorithm::HS256, &claims, &[8; 32])),
        ("the key as text", sign(Algorithm::HS256, &claims, b"07070707")),
        ("a role of its own", sign(Algorithm::HS256, &with(json!({ "role": "superadmin" })), &KEY)),
        ("another user's id", sign(Algorithm::HS256, &with(json!({ "of": other })), &KEY)),
        (
            "another session's id",
            sign(Algorithm::HS256, &with(json!({ "id": "01a207b0-1768-71d0-82f6-0e03fb7ce98d" })), &KEY),
        ),
        ("not yet good", sign(Algorithm::HS256, &with(json!({ "nbf": seconds + 3600 })), &KEY)),
        ("made tomorrow", sign(Algorithm::HS256, &with(json!({ "iat": seconds + 86_400 })), &KEY)),
        ("run out", sign(Algorithm::HS256, &with(json!({ "exp": seconds - 1 })), &KEY)),
        ("no end", sign(Algorithm::HS256, &with(json!({ "exp": null })), &KEY)),
        ("no user", sign(Algorithm::HS256, &with(json!({ "of": null })), &KEY)),
        ("no purpose", sign(Algorithm::HS256, &with(json!({ "use": null })), &KEY)),
        ("a guest's purpose", sign(Algorithm::HS256, &with(json!({ "use": "guest" })), &KEY)),
        ("a number as user", sign(Algorithm::HS256, &with(json!({ "of": 1 })), &KEY)),
        ("SQL as user", sign(Algorithm::HS256, &with(json!({ "of": "' OR 1=1 --" })), &KEY)),
        ("too long", sign(Algorithm::HS256, &with(json!({ "id": "x".repeat(6000) })), &KEY)),
        ("a changed signature", format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'E' } else { 'A' })),
        ("a changed middle", good.replacen('.', ".e", 1)),
    ];
    for (what, token) in &table {
        for carried in ["bearer", "cookie"] {
            let mut forger = Caller::new(&inside.base);
            match carried {
                "bearer" => forger.token = Some(token.clone()),
                _ => forger.cookies.push(("/".into(), "session".into(), token.clone())),
            }
            let answer = forger.get("/api/usera/requests");
            assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"), "{what}, as {carried}");
        }
    }
    println!("{} forgeries refused, each as bearer and as cookie", table.len());
}
