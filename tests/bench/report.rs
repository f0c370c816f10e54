//! What a run found: written into the manual at its end. What was not measured stays as it stood.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::BENCHES;
use crate::plot::{Bar, plot};
use crate::rows::ROWS;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/help/limits.html");

#[derive(Default)]
pub struct Report {
    found: BTreeMap<&'static str, String>,
    /// When each was measured, and its picture.
    ran: BTreeMap<&'static str, String>,
    plots: BTreeMap<&'static str, String>,
}

impl Report {
    /// Notes what stands in this row of the manual's table.
    pub fn found(&mut self, row: &'static str, value: String) {
        assert!(ROWS.iter().any(|known| known.id == row), "no row {row}");
        self.found.insert(row, value);
    }

    /// Draws what a bench found.
    pub fn plot(&mut self, bench: &'static str, title: &str, bars: &[Bar]) {
        self.plots.insert(bench, plot(title, bars));
    }

    /// Notes that a bench ran to its end, and what else the machine had to do when it began.
    pub fn ran(&mut self, bench: &'static str, load: &str) {
        let today = jiff::ZonedDateTime::now().strftime("%-d %B %Y");
        self.ran.insert(bench, format!("{today}, load {load}"));
    }

    pub fn write(&self) {
        let old = std::fs::read_to_string(PAGE).unwrap_or_default();
        let mut page = HEAD.replace("MACHINE", &machine());
        for row in &ROWS {
            let id = format!("limit-{}", row.id);
            let kept = kept(&old, &id, "</td></tr>").and_then(|line| Some(line.rsplit_once("<td>")?.1.to_owned()));
            let now = self.found.get(row.id).cloned().or(kept).unwrap_or_default();
            let (what, before, goal) = (row.what, row.before, row.goal);
            let line = format!(
                r#"    <tr id="{id}"><th scope="row">{what}</th><td>{before}</td><td>{goal}</td><td>{now}</td></tr>"#
            );
            writeln!(page, "{line}").unwrap();
        }
        page.push_str("  </tbody>\n</table></div>\n<h3>In pictures</h3>\n<p>The broad bar is now, the thin one before, the upright mark the goal.</p>\n");
        for (bench, _) in BENCHES {
            let id = format!("plot-{bench}");
            if let Some(plot) = self.plots.get(bench).cloned().or_else(|| kept(&old, &id, "</figure>")) {
                writeln!(page, r#"<figure id="{id}">{plot}</figure>"#).unwrap();
            }
        }
        page.push_str(WHEN);
        for (bench, _) in BENCHES {
            let id = format!("bench-{bench}");
            if let Some(when) = self.ran.get(bench).cloned().or_else(|| kept(&old, &id, "</span></li>")) {
                writeln!(page, r#"  <li><code>scripts/bench {bench}</code>: <span id="{id}">{when}</span></li>"#)
                    .unwrap();
            }
        }
        page.push_str("</ul>\n");
        std::fs::write(PAGE, page).unwrap();
    }
}

const HEAD: &str = r#"<h2 id="limits">How much the box bears</h2>
<p>Measured on MACHINE, where the load comes from a second process beside the box. Times of one machine say little about another: where a row reads “×”, it is beside a bare Rocket route that says hello, or what else the row names, in the same run, the median of at least five. <em>Before</em> is how it was when the reading side was rebuilt, on 25 November 2026. <code>scripts/bench</code> measures it all again and writes this page; it needs <code>wrk</code>.</p>
<div class="scroll" tabindex="0" role="region" aria-label="How much the box bears"><table>
  <thead><tr><td></td><th>Before</th><th>Goal</th><th>Now</th></tr></thead>
  <tbody>
"#;

const WHEN: &str = "<h3>When, and how to measure it again</h3>
<p>Where the load was more than one, others worked on the machine, too: times are longer then, and shares of what bare Rocket answers came out up to two and a half times too good.</p>
<ul>
";

/// What stands behind `id="…">` on its line of the page, up to `end`.
fn kept(page: &str, id: &str, end: &str) -> Option<String> {
    let mark = format!("id=\"{id}\">");
    let line = page.lines().find_map(|line| Some(line.split_once(&mark)?.1))?;
    Some(line.strip_suffix(end).unwrap_or(line).to_owned())
}

/// Processors and memory of this machine.
fn machine() -> String {
    let told = |file: &str, name: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_start_matches([' ', '\t', ':'])));
        line.unwrap_or_default().to_owned()
    };
    let memory: u64 = told("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores ({}) with {} GB of memory", told("/proc/cpuinfo", "model name"), memory.div_ceil(1 << 20))
}

/// What the machine has to do beside this, as it was over the last minute.
pub fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
}
