//! Words in a picture: how wide they are, how they are shortened and broken, and what may not be in them.

use super::advance::{REGULAR, SEMIBOLD};

/// How heavy a word is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// 400.
    Regular,
    /// 600.
    SemiBold,
}

/// Width in CSS pixels at `size` CSS pixels. Exact for Latin but for kerning; an upper bound elsewhere.
pub(super) fn width(words: &str, size: f64, weight: Weight) -> f64 {
    let table = match weight {
        Weight::Regular => &REGULAR,
        Weight::SemiBold => &SEMIBOLD,
    };
    let mills: u64 = words.chars().map(|c| mills(c, table)).sum();
    mills as f64 * size / 1000.0
}

fn mills(c: char, table: &[u16]) -> u64 {
    let code = c as usize;
    match code.checked_sub(0x20).and_then(|index| table.get(index)) {
        Some(&known) if known > 0 => u64::from(known),
        _ if code >= 0x1100 => match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '€' | '₹' => 700,
            '\u{2018}'..='\u{2019}' => 300,
            '…' => 850,
            _ => 1000,
        },
        _ => 750,
    }
}

/// What XML forbids and what could reverse the reading order, taken out; white space made plain.
pub(super) fn clean(words: &str) -> String {
    words
        .chars()
        .filter_map(|c| match c {
            '\t' | '\n' | '\r' => Some(' '),
            '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A name and a value on one line; a name written right to left does not turn the value round.
pub(super) fn pair(name: &str, value: &str) -> String {
    let turns =
        name.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'));
    let mark = if turns { "\u{200e}" } else { "" };
    format!("{mark}{name}{mark} {value}").trim().to_owned()
}

/// The words themselves if they fit, else their beginning and `…`.
pub(super) fn shorten(words: &str, room: f64, size: f64, weight: Weight) -> String {
    if width(words, size, weight) <= room {
        return words.to_owned();
    }
    let mut kept: Vec<char> = words.chars().collect();
    while kept.pop().is_some() {
        let short = format!("{}…", kept.iter().collect::<String>().trim_end());
        if width(&short, size, weight) <= room {
            return short;
        }
    }
    "…".to_owned()
}

/// The words on at most `limit` lines of `room` CSS pixels, broken at spaces, at a size and weight; what does not fit is
/// shortened.
pub(super) fn wrap(words: &str, room: f64, limit: usize, (size, weight): (f64, Weight)) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > limit {
        let rest = lines.split_off(limit.saturating_sub(1));
        lines.push(rest.join(" "));
    }
    lines.iter().map(|line| shorten(line, room, size, weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_measured_shortened_and_broken() {
        assert!((width("0000", 10.0, Weight::Regular) - width("1111", 10.0, Weight::Regular)).abs() < 1e-9);
        assert!(width("Actual", 11.0, Weight::SemiBold) > width("Actual", 11.0, Weight::Regular));
        assert_eq!(shorten("Assistant", 200.0, 11.0, Weight::Regular), "Assistant");
        assert!(shorten("Assistant", 30.0, 11.0, Weight::Regular).ends_with('…'));
        assert_eq!(wrap("Tokens per request", 60.0, 2, (11.0, Weight::Regular)), ["Tokens per", "request"]);
        assert_eq!(wrap("a b c d", 8.0, 2, (11.0, Weight::Regular)).len(), 2);
        assert_eq!(clean(" a\nb\u{0}\u{202e}c "), "a bc");
    }
}
