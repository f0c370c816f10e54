//! A track as Spotify tells it.

use serde_json::Value;
use url::form_urlencoded;

/// Width in pixels a cover should at least have; the next larger one is taken.
const COVER: u64 = 200;

/// Something that can play. What Spotify left out or named in an unknown way is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// None for the DJ's own files.
    pub id: Option<String>,
    /// May be another than the one queued, for the same recording.
    pub uri: String,
    pub title: String,
    pub artists: Vec<String>,
    pub album: Option<String>,
    pub duration_ms: i64,
    pub explicit: bool,
    pub isrc: Option<String>,
    /// Address of a cover of about 300 pixels.
    pub art: Option<String>,
}

/// What kind of thing plays; Spotify may invent more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Track,
    Episode,
    Advert,
    Unknown,
}

impl Kind {
    pub(super) fn read(name: &Value) -> Self {
        match name.as_str() {
            Some("track") => Self::Track,
            Some("episode") => Self::Episode,
            Some("ad") => Self::Advert,
            _ => Self::Unknown,
        }
    }
}

impl Track {
    /// None where there is no track: `null`, or something without an address.
    pub(super) fn read(json: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let uri = text(&json["uri"])?;
        // An episode's show stands where a track's album does.
        let (show, album) = (&json["show"], &json["album"]);
        let images = [&json["images"], &album["images"], &show["images"]];
        let name = |json: &Value| text(&json["name"]).filter(|name| !name.is_empty());
        let artists = list(&json["artists"]).iter().filter_map(name).collect::<Vec<_>>();
        Some(Self {
            id: text(&json["id"]),
            title: name(json).or_else(|| file_name(&uri)).unwrap_or_default(),
            uri,
            artists: if artists.is_empty() { text(&show["name"]).into_iter().collect() } else { artists },
            album: text(&album["name"]),
            duration_ms: whole(&json["duration_ms"]).unwrap_or(0),
            explicit: json["explicit"].as_bool().unwrap_or(false),
            isrc: text(&json["external_ids"]["isrc"]),
            art: images.into_iter().find_map(cover),
        })
    }

    /// Those of a list that are tracks.
    pub(super) fn read_all(json: &Value) -> Vec<Self> {
        list(json).iter().filter_map(Self::read).collect()
    }
}

/// What a file of the DJ's own without tags is called: `spotify:local:artist:album:title:seconds`, each as in a form.
fn file_name(uri: &str) -> Option<String> {
    let title = uri.strip_prefix("spotify:local:")?.split(':').nth(2)?;
    form_urlencoded::parse(title.as_bytes()).next().map(|(name, _)| name.into_owned())
}

fn cover(images: &Value) -> Option<String> {
    let width = |image: &&Value| image["width"].as_u64().unwrap_or(0);
    let images = list(images);
    let best = images.iter().filter(|image| width(image) >= COVER).min_by_key(width);
    best.or_else(|| images.first()).and_then(|image| image["url"].as_str()).map(str::to_owned)
}

/// The entries of a list, none where there is no list.
pub fn list(json: &Value) -> &[Value] {
    json.as_array().map_or(&[], Vec::as_slice)
}

/// A number as a whole one, also where it was written with a point.
#[allow(clippy::cast_possible_truncation)]
pub fn whole(json: &Value) -> Option<i64> {
    json.as_i64().or_else(|| json.as_f64().map(|number| number as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, Track};

    #[test]
    fn what_is_unknown_or_missing_is_absent_and_no_error() {
        for odd in [Value::Null, json!([]), json!("track"), json!({ "uri": null }), json!({ "name": "x" })] {
            assert_eq!(Track::read(&odd), None, "{odd}");
        }
        let bare =
            Track::read(&json!({ "uri": "u", "name": 3, "artists": [null, { "name": "A" }], "duration_ms": "x" }));
        let bare = bare.unwrap();
        assert_eq!((bare.title.as_str(), bare.artists, bare.duration_ms), ("", vec!["A".to_owned()], 0));
        assert_eq!(Track::read(&json!({ "uri": "u", "duration_ms": 1500.0 })).unwrap().duration_ms, 1500);
        assert_eq!(Kind::read(&json!("audiobook")), Kind::Unknown);
    }

    #[test]
    fn a_file_without_tags_goes_by_its_name() {
        let of = |name: &str, uri: &str| {
            let artists = json!([{ "name": "" }]);
            let track = Track::read(&json!({ "uri": uri, "name": name, "artists": artists })).unwrap();
            (track.title, track.artists)
        };
        let file = "spotify:local:::01+Intro+%28live%29+%E2%82%AC%3A%26x%3D1.mp3:210";
        assert_eq!(of("", file), ("01 Intro (live) €:&x=1.mp3".to_owned(), vec![]));
        assert_eq!(of("Intro", file).0, "Intro");
        assert_eq!([of("", "spotify:local:a:b").0, of("", "spotify:track:x").0], ["", ""]);
    }

    #[test]
    fn the_cover_of_about_300_pixels_is_taken() {
        let image = |width: Value, url: &str| json!({ "width": width, "url": url });
        let art = |images: Value| Track::read(&json!({ "uri": "u", "album": { "images": images } })).unwrap().art;
        let three = json!([image(json!(640), "large"), image(json!(300), "middle"), image(json!(64), "small")]);
        assert_eq!(art(three).unwrap(), "middle");
        assert_eq!(art(json!([image(Value::Null, "only")])).unwrap(), "only");
        assert_eq!(art(json!([])), None);
    }
}
