//! Pictures of figures: bars that fill whatever width there is, in the colours of the page.

use std::fmt::Write;

/// One figure, by what it is called; and where it stood before and should stand.
pub struct Bar {
    pub label: String,
    pub now: f64,
    pub before: Option<f64>,
    pub goal: Option<f64>,
    /// The figure as it is told.
    pub told: String,
}

const ROW: usize = 40;

/// A picture with its title; on a scale of powers of ten where the figures are far apart.
#[allow(clippy::cast_precision_loss)]
pub fn plot(title: &str, bars: &[Bar]) -> String {
    let all = || bars.iter().flat_map(|bar| [Some(bar.now), bar.before, bar.goal]).flatten().filter(|one| *one > 0.0);
    let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
    let by_tens = most > least * 50.0;
    let from = 10_f64.powf(least.log10().floor());
    let share = |value: f64| {
        let part = if by_tens { (value.max(from) / from).log10() / (most / from).log10() } else { value / most };
        part * 100.0
    };
    let mut drawn = String::new();
    for (n, bar) in bars.iter().enumerate() {
        let top = n * ROW;
        let Bar { label, told, .. } = bar;
        let text = top + 14;
        write!(
            drawn,
            r#"<text x="0" y="{text}">{label}</text><text x="100%" y="{text}" text-anchor="end">{told}</text>"#
        )
        .unwrap();
        if let Some(before) = bar.before {
            let (y, wide) = (top + 20, share(before));
            write!(drawn, r#"<rect x="0" y="{y}" width="{wide:.1}%" height="5" fill="var(--edge)"/>"#).unwrap();
        }
        let (y, wide) = (top + 26, share(bar.now));
        write!(drawn, r#"<rect x="0" y="{y}" width="{wide:.1}%" height="7" fill="var(--hot)"/>"#).unwrap();
        if let Some(goal) = bar.goal {
            let (y, x) = (top + 18, share(goal).min(99.5));
            write!(drawn, r#"<rect x="{x:.1}%" y="{y}" width="2" height="17" fill="currentColor"/>"#).unwrap();
        }
    }
    let tens = if by_tens { ", by powers of ten" } else { "" };
    let high = bars.len() * ROW;
    format!(
        r#"<figcaption>{title}{tens}</figcaption><svg role="img" aria-label="{title}" width="100%" height="{high}" font-size="13" fill="currentColor">{drawn}</svg>"#
    )
}
