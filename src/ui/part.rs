//! A piece of a page that is told anew while the page stands: what stands in it, and its rows, where it has some.

use maud::{Markup, PreEscaped, Render};

use crate::domain::RequestId;

/// Stands where a part's rows come, in the element that holds them.
pub const ROWS: PreEscaped<&str> = PreEscaped("<!--rows-->");

/// A live part: it fills the element that carries its name in `data-part`. Its rows stand in the one that carries `data-rows`.
pub struct Part {
    pub name: &'static str,
    /// What stands before its rows and behind them.
    around: [String; 2],
    /// What its rows have in common: one that stands for any.
    pub like: Option<String>,
    pub rows: Vec<Row>,
}

/// One request in a part.
pub struct Row {
    pub id: RequestId,
    html: String,
}

impl Part {
    pub(super) fn new(name: &'static str, html: &Markup) -> Self {
        Self { name, around: [html.0.clone(), String::new()], like: None, rows: vec![] }
    }

    /// `frame` has [`ROWS`] where they come; one without keeps none. `like` is what its rows are like.
    pub(super) fn listed(name: &'static str, frame: &Markup, like: Row, rows: impl Iterator<Item = Row>) -> Self {
        let like = Some(like.anyones());
        let Some((before, behind)) = frame.0.split_once(ROWS.0) else { return Self { like, ..Self::new(name, frame) } };
        Self { name, around: [before.to_owned(), behind.to_owned()], like, rows: rows.collect() }
    }

    /// The part without its rows.
    #[must_use]
    pub fn frame(&self) -> String {
        self.around.concat()
    }

    /// What lasts of the frame: not how far a song is, which the page follows by itself.
    #[must_use]
    pub fn lasting(&self) -> String {
        without(&without(&self.frame(), " value=\"", "\"", AT), "", "\"", AT)
    }
}

impl Render for Part {
    fn render_to(&self, page: &mut String) {
        page.push_str(&self.around[0]);
        self.rows.iter().for_each(|row| page.push_str(&row.html));
        page.push_str(&self.around[1]);
    }
}

impl Row {
    pub(super) fn new(id: &RequestId, html: Markup) -> Self {
        Self { id: id.clone(), html: html.0 }
    }

    /// The row as [`Self::bare`], with [`ANY`] for its id.
    #[must_use]
    pub fn anyones(&self) -> String {
        self.bare().replace(self.id.as_str(), ANY)
    }

    /// What a page counts from, in one word; it changes without anything else of the row.
    #[must_use]
    pub fn facts(&self) -> &str {
        let facts = self.html.split_once(FACTS).and_then(|(_, rest)| rest.split_once('"'));
        facts.map_or("", |(facts, _)| facts)
    }

    /// The row without what a page counts by itself.
    #[must_use]
    pub fn bare(&self) -> String {
        without(&self.html, ">", "<", SLOT)
    }

    /// What lasts of it, whatever is counted.
    #[must_use]
    pub fn lasting(&self) -> String {
        without(&self.bare(), FACTS, "\"", "<li")
    }
}

/// Stands for the id of any row in what rows have in common.
pub const ANY: &str = "§";
/// Begins the moment of how far a song is that goes on.
const AT: &str = "<progress data-at=\"";
/// Begins what a row is counted from.
const FACTS: &str = " data-facts=\"";
/// Is in every element that is filled by counting.
const SLOT: &str = " data-slot=\"";

/// A text without what stands between `from` and the next `to`, wherever that comes after `mark`.
fn without(html: &str, from: &str, to: &str, mark: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(html.len()), html);
    while let Some((at, end)) = next(rest, from, to, mark) {
        kept.push_str(&rest[..at]);
        rest = &rest[end..];
    }
    kept + rest
}

fn next(html: &str, from: &str, to: &str, mark: &str) -> Option<(usize, usize)> {
    let marked = html.find(mark)? + mark.len();
    let at = marked + html[marked..].find(from)? + from.len();
    Some((at, at + html[at..].find(to)?))
}

#[cfg(test)]
mod tests {
    use maud::{Render, html};

    use super::{Part, ROWS, Row};
    use crate::domain::RequestId;

    #[test]
    fn a_part_stands_whole_on_a_page_and_is_told_without_what_a_page_counts() {
        let id = RequestId::parse("one").unwrap();
        let row = html! { li data-id=(id) data-facts="3,,r" { b data-slot="place" { "7" } "Song" i data-slot="more" { " · ▲ 3" } } };
        let frame = html! { h2 { "1" } ol data-rows { (ROWS) } p { "more" } };
        let row = || Row::new(&id, row.clone());
        let part = Part::listed("line", &frame, row(), [row()].into_iter());
        assert!(part.like.as_ref().unwrap().starts_with("<li data-id=\"§\" data-facts"));
        let whole = "<h2>1</h2><ol data-rows><li data-id=\"one\" data-facts=\"3,,r\"><b data-slot=\"place\">7</b>Song<i data-slot=\"more\"> · ▲ 3</i></li></ol><p>more</p>";
        assert_eq!(part.render().0, whole);
        assert_eq!(part.frame(), "<h2>1</h2><ol data-rows></ol><p>more</p>");
        let row = &part.rows[0];
        assert_eq!(row.facts(), "3,,r");
        let bare =
            "<li data-id=\"one\" data-facts=\"3,,r\"><b data-slot=\"place\"></b>Song<i data-slot=\"more\"></i></li>";
        assert_eq!((row.bare(), row.lasting()), (bare.into(), bare.replace("3,,r", "")));
    }

    #[test]
    fn how_far_a_song_is_makes_no_other_part_of_it() {
        let now = |at: u32| Part::new("now", &html! { progress data-at=(at) max="9" value=(at) {} input value="5"; });
        assert_eq!(now(1).lasting(), now(2).lasting());
        assert!(now(1).lasting().contains("<input value=\"5\">"));
    }
}
