//! Load from a second process: `wrk`, with as many visitors as connections.

use std::io::Write;
use std::process::Command;

/// Connections at once, each a visitor of its own.
pub const CONNECTIONS: usize = 50;

/// Ends the run with one line that is easy to read.
const DONE: &str = r#"
function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %d %d %f %f", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
end
"#;

/// How much was answered, and how soon.
#[derive(Clone, Copy)]
pub struct Load {
    pub per_second: f64,
    /// In milliseconds.
    pub p50: f64,
    pub p99: f64,
}

/// Asks for `path` for so many seconds, each time as the next of these visitors, of whom only the headers are known.
pub fn asked(port: u16, path: &str, visitors: &[Vec<(&str, String)>], seconds: u32) -> Load {
    let mut script = tempfile::NamedTempFile::with_suffix(".lua").unwrap();
    writeln!(script, "local all, n = {{}}, 0\nfunction init(args)").unwrap();
    for headers in visitors {
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("[{name:?}] = {value:?}")).collect();
        writeln!(script, "  all[#all + 1] = wrk.format('GET', {path:?}, {{ {} }})", headers.join(", ")).unwrap();
    }
    writeln!(script, "end\nfunction request() n = n % #all + 1 return all[n] end\n{DONE}").unwrap();
    let (connections, lasts) = (format!("-c{CONNECTIONS}"), format!("-d{seconds}s"));
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &connections, &lasts, "--timeout", "10s", "-s"]).arg(script.path());
    let told = wrk.arg(format!("http://127.0.0.1:{port}{path}")).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let result = told.lines().find_map(|line| line.strip_prefix("RESULT ")).unwrap_or_else(|| panic!("{told}"));
    let figures: Vec<f64> = result.split(' ').map(|figure| figure.parse().unwrap()).collect();
    let [requests, micros, errors, p50, p99] = figures[..] else { panic!("{told}") };
    assert!(requests > 0.0 && errors == 0.0, "{path}: {errors} of {requests} failed");
    Load { per_second: requests / micros * 1e6, p50: p50 / 1e3, p99: p99 / 1e3 }
}
