//! Requests as they come over the wire and the answers that go back: as much HTTP as the box speaks.

use std::io::{self, BufRead, Read, Write};

use serde_json::{Value, json};

/// No question to Spotify is longer.
const LONGEST_BODY: usize = 1024 * 1024;
const LONGEST_HEAD: u64 = 64 * 1024;

/// A question as it came over the wire.
pub struct Request {
    pub method: String,
    pub path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    /// Reads the next one; none when the other side has hung up. Refuses what is not HTTP/1.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = from.take(LONGEST_HEAD);
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let mut words = line.split_whitespace();
        let (Some(method), Some(target), Some(_)) = (words.next(), words.next(), words.next()) else {
            return Err(broken());
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: serde_urlencoded::from_str(query).map_err(|_| broken())?,
            headers: vec![],
            body: String::new(),
        };
        loop {
            let mut line = String::new();
            if head.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            if line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(broken)?;
            request.headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
        let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>).map_err(|_| broken())?;
        let mut body = vec![0; Some(length).filter(|length| *length <= LONGEST_BODY).ok_or_else(broken)?];
        from.read_exact(&mut body)?;
        request.body = String::from_utf8(body).map_err(|_| broken())?;
        Ok(Some(request))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the address.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The address's parameters again, as text.
    pub fn query_text(&self) -> String {
        // Pairs of text always encode.
        serde_urlencoded::to_string(&self.query).unwrap_or_default()
    }

    /// A field of a form that was sent.
    pub fn field(&self, name: &str) -> Option<String> {
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(&self.body).ok()?;
        fields.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// How this server was addressed.
    pub fn base(&self) -> String {
        format!("http://{}", self.header("host").unwrap_or("127.0.0.1"))
    }
}

/// An answer to be sent.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub kind: &'static str,
    pub retry_after: Option<i64>,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn of(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, kind, retry_after: None, location: None, body: body.into() }
    }

    pub fn empty(status: u16) -> Self {
        Self::of(status, "text/plain", "")
    }

    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Self::of(status, "text/plain; charset=utf-8", body.into())
    }

    pub fn json(body: &Value) -> Self {
        Self::of(200, "application/json; charset=utf-8", body.to_string())
    }

    pub fn redirect(to: String) -> Self {
        Self { location: Some(to), ..Self::empty(302) }
    }

    /// The Web API's envelope, without a reason.
    pub fn error(status: u16, message: &str) -> Self {
        Self { status, ..Self::json(&json!({ "error": { "status": status, "message": message } })) }
    }

    pub fn reason(status: u16, message: &str, reason: &str) -> Self {
        Self { status, ..Self::json(&json!({ "error": { "status": status, "message": message, "reason": reason } })) }
    }

    pub fn too_many(seconds: i64) -> Self {
        Self { retry_after: Some(seconds), ..Self::error(429, "API rate limit exceeded") }
    }

    pub fn quota(seconds: i64) -> Self {
        let said = "Quota exceeded. Extend your quota or try again later.";
        Self { retry_after: Some(seconds), ..Self::reason(429, said, "QUOTA_EXCEEDED") }
    }

    pub fn not_registered() -> Self {
        Self::text(403, "User not registered in the Developer Dashboard")
    }

    pub fn owner_needs_premium() -> Self {
        let said = "Active premium subscription required for the owner of the app. When the subscription status \
                    changes, it can take a few hours before requests are allowed again.";
        Self::text(403, said)
    }

    pub fn premium_required() -> Self {
        Self::reason(403, "Player command failed: Premium required", "PREMIUM_REQUIRED")
    }

    pub fn no_active_device() -> Self {
        Self::reason(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE")
    }

    pub fn restricted() -> Self {
        Self::reason(403, "Player command failed: Restriction violated", "UNKNOWN")
    }

    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut all = Vec::new();
        write!(all, "HTTP/1.1 {} Simulated\r\nContent-Type: {}\r\n", self.status, self.kind)?;
        // 204 has no body, and must not speak of its length.
        if self.status != 204 {
            write!(all, "Content-Length: {}\r\n", self.body.len())?;
        }
        if let Some(seconds) = self.retry_after {
            write!(all, "Retry-After: {seconds}\r\n")?;
        }
        if let Some(location) = &self.location {
            write!(all, "Location: {location}\r\n")?;
        }
        all.extend(b"\r\n");
        all.extend(&self.body);
        to.write_all(&all)?;
        to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Request, Response};

    #[test]
    fn a_question_is_read_whole_and_the_next_one_after_it() {
        let wire =
            "PUT /v1/me?a=b%20c&d= HTTP/1.1\r\nHOST: here\r\nContent-Length: 4\r\n\r\nx=1&GET / HTTP/1.1\r\n\r\n";
        let mut wire = wire.as_bytes();
        let first = Request::read(&mut wire).unwrap().unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str(), first.query("a")), ("PUT", "/v1/me", Some("b c")));
        assert_eq!((first.base().as_str(), first.field("x").as_deref()), ("http://here", Some("1")));
        assert_eq!(Request::read(&mut wire).unwrap().unwrap().path, "/");
        assert!(Request::read(&mut wire).unwrap().is_none());
    }

    #[test]
    fn garbage_is_refused() {
        for wire in ["hello\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n"] {
            assert!(Request::read(&mut wire.as_bytes()).is_err(), "{wire}");
        }
    }

    #[test]
    fn nothing_is_said_of_the_length_of_nothing() {
        let mut wire = Vec::new();
        Response::empty(204).write(&mut wire).unwrap();
        assert!(!String::from_utf8(wire).unwrap().contains("Length"));
    }
}
