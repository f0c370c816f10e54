use rustrict::{Censor, Type};

/// Endings that make a word an address; a dot inside a band's name is no link.
const ENDINGS: [&str; 30] = [
    "app", "at", "biz", "ch", "cn", "co", "com", "de", "dev", "es", "eu", "fr", "gg", "info", "io", "it", "link", "ly",
    "me", "net", "nl", "online", "org", "ru", "shop", "site", "tv", "uk", "us", "xyz",
];

/// Whether a text may stand on the screen: no slurs and insults, however letters are swapped or spaced, and no word that
/// is nothing but swearing. Names that only hold one, as Assunta does, are names.
#[must_use]
pub fn is_decent(text: &str) -> bool {
    let found = Censor::from_str(text).analyze();
    let hurts = [Type::SEVERE, Type::OFFENSIVE & Type::MODERATE_OR_HIGHER, Type::MEAN & Type::MODERATE_OR_HIGHER];
    let swears = |word: &str| {
        let (censored, found) = Censor::from_str(word).censor_and_analyze();
        found.is(Type::INAPPROPRIATE & Type::MODERATE_OR_HIGHER) && censored.chars().skip(1).all(|c| c == '*')
    };
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let (letters, words): (Vec<&str>, Vec<&str>) = words.partition(|word| word.chars().count() == 1);
    hurts.iter().all(|kind| found.isnt(*kind)) && !words.into_iter().any(swears) && !swears(&letters.concat())
}

/// Whether a text holds an address of the web.
#[must_use]
pub fn has_link(text: &str) -> bool {
    let text = text.to_lowercase();
    let named = |word: &str| {
        let host =
            word.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_matches(|c: char| !c.is_alphanumeric());
        let mut labels = host.rsplit('.');
        let ending = labels.next().unwrap_or_default();
        ENDINGS.contains(&ending) && labels.next().is_some_and(|label| label.len() > 1)
    };
    text.contains("://") || text.contains("www.") || text.split_whitespace().any(named)
}

#[cfg(test)]
mod tests {
    use super::{has_link, is_decent};

    #[test]
    fn swearing_is_seen_through_leet_and_spacing() {
        for rude in ["fuck", "F.u.c.k", "f u c k", "fvck you", "sh1thead", "shit", "a55h0le", "n1gger"] {
            assert!(!is_decent(rude), "{rude}");
        }
        for fine in
            ["Mara", "Table 4", "Scunthorpe United", "Ana & Leo", "Assunta", "Analia", "Jürgen", "日本", "DJ Shadow"]
        {
            assert!(is_decent(fine), "{fine}");
        }
    }

    #[test]
    fn addresses_are_seen_and_names_with_dots_are_not() {
        for link in ["http://x.y", "see www.spam", "buy.now.com/x", "(evil.xyz)", "t.co bit.ly/abc", "Example.ORG"] {
            assert!(has_link(link), "{link}");
        }
        for name in ["Mr. Brightside", "St.Pauli", "feat. M.I.A.", "will.i.am", "...please...", "3.14", "a.me"] {
            assert!(!has_link(name), "{name}");
        }
    }
}
