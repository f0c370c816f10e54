//! A real proxy in front of a box.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running nginx; it is ended when the test is done.
pub struct Nginx {
    child: Child,
    _dir: TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Nginx {
    /// Runs with what stands inside `http`, which listens on `port`.
    pub fn start(port: u16, http: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let temp = dir.path().display();
        let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {temp}/{kind};\n"))
            .concat();
        let whole = format!(
            "daemon off; master_process off; pid {temp}/pid; error_log {temp}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{http}}}\n"
        );
        std::fs::write(dir.path().join("nginx.conf"), whole).unwrap();
        let child = Command::new("nginx")
            .arg("-p")
            .arg(dir.path())
            .arg("-c")
            .arg(dir.path().join("nginx.conf"))
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "nginx did not start");
            std::thread::yield_now();
        }
        Self { child, _dir: dir }
    }

    /// Runs in front of a box, with nothing set but where it is and what `more` says; answers its port, too.
    pub fn before(port: u16, more: &str) -> (Self, u16) {
        let own = free_port();
        let location = format!("location / {{ proxy_pass http://127.0.0.1:{port}; {more} }}");
        let server = format!("server {{ listen 127.0.0.1:{own}; {location} }}\n");
        (Self::start(own, &server), own)
    }
}
