//! Long texts beside each other, cut where they are the same, so that what differs is seen.

/// Letters of a cell: what a terminal shows uncut.
const WIDE: usize = 40;
/// Letters before the difference that are kept, up to a space.
const BEFORE: usize = 12;

/// Texts as they are shown in a row: short ones whole, long ones from shortly before the first letter that is not the same
/// in all. Two texts that differ are never shown the same.
pub(super) fn apart(values: &[Option<String>]) -> Vec<Option<String>> {
    let texts: Vec<&String> = values.iter().flatten().collect();
    let told = cut(&texts);
    let mut told = told.into_iter();
    values.iter().map(|value| value.as_ref().and_then(|_| told.next())).collect()
}

fn cut(texts: &[&String]) -> Vec<String> {
    let whole = || texts.iter().map(|text| (*text).clone()).collect::<Vec<_>>();
    if texts.iter().all(|text| text.chars().count() <= WIDE) {
        return whole();
    }
    let from = start(texts);
    let mut told: Vec<String> = texts.iter().map(|text| window(text, from)).collect();
    // Some may differ further on only: they are cut anew among themselves.
    for at in 0..told.len() {
        let alike: Vec<usize> = (0..told.len()).filter(|other| told[*other] == told[at]).collect();
        if alike.iter().any(|other| texts[*other] != texts[at]) {
            let group: Vec<&String> = alike.iter().map(|other| texts[*other]).collect();
            let again = start(&group);
            for other in alike {
                told[other] = window(texts[other], again);
            }
        }
    }
    let differ = |(a, b): (usize, usize)| texts[a] == texts[b] || told[a] != told[b];
    let pairs = (0..told.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    if pairs.into_iter().all(differ) { told } else { whole() }
}

/// The letter from which texts are shown: shortly before they differ, at the beginning of a word where one is near.
fn start(texts: &[&String]) -> usize {
    let Some((first, rest)) = texts.split_first() else { return 0 };
    let same = |other: &&&String| first.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let all_the_same = rest.iter().filter(|other| other != &first).map(|other| same(&other)).min();
    let same = all_the_same.unwrap_or(0);
    let letters: Vec<char> = first.chars().take(same).collect();
    let least = same.saturating_sub(BEFORE);
    let word = (least..same).find(|at| *at > 0 && letters[at - 1] == ' ');
    let from = word.unwrap_or(least);
    // What is cut must be more than the mark that stands for it.
    if from > 2 { from } else { 0 }
}

fn window(text: &str, from: usize) -> String {
    let letters = text.chars().count();
    if letters <= WIDE {
        return text.to_owned();
    }
    let head = if from > 0 { "…" } else { "" };
    let room = WIDE - head.chars().count();
    let rest: String = text.chars().skip(from).collect();
    if rest.chars().count() <= room {
        return format!("{head}{rest}");
    }
    let kept: String = rest.chars().take(room - 1).collect();
    format!("{head}{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(texts: &[&str]) -> Vec<String> {
        let values: Vec<Option<String>> = texts.iter().map(|text| Some((*text).to_owned())).collect();
        apart(&values).into_iter().flatten().collect()
    }

    #[test]
    fn short_texts_stay_and_unknown_stays_unknown() {
        assert_eq!(told(&["API · a", "own GPUs · H100"]), ["API · a", "own GPUs · H100"]);
        assert_eq!(apart(&[None, Some("x".into())]), [None, Some("x".into())]);
    }

    #[test]
    fn long_texts_are_shown_where_they_differ() {
        let today = "own GPUs · H100 + API · gpt-5-mini + API · gpt-5.1 + API · claude-opus-4-5";
        let cheaper = "own GPUs · H100 + API · gpt-5-mini + API · gpt-5.1 + API · gpt-5-mini";
        assert_eq!(told(&[today, cheaper]), ["…+ API · claude-opus-4-5", "…+ API · gpt-5-mini"]);
        let long = format!("{} x", "a ".repeat(30));
        let longer = format!("{} y", "a ".repeat(30));
        let found = told(&[&long, &longer, "other"]);
        assert!(found[0].ends_with('x') && found[1].ends_with('y') && found[2] == "other", "{found:?}");
    }

    proptest! {
        #[test]
        fn what_differs_is_seen_to_differ(texts in prop::collection::vec("[ab …]{0,3}(long words ){0,6}[ab …]{0,9}(long words ){0,6}[ab]{0,2}", 1..5)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let found = told(&texts);
            for a in 0..texts.len() {
                for b in 0..a {
                    prop_assert_eq!(texts[a] == texts[b], found[a] == found[b], "{:?} {:?}", texts, found);
                }
            }
        }
    }
}
