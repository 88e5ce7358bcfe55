//! What an unknown table may mean: columns matched to fields by name and by content, each with a confidence.

use std::cell::RefCell;
use std::collections::HashSet;

use marginline_model::Currency;

use super::cell::{self, DateFormat, Decimal, utc};
use super::fields::{Field, Kind, Target};
use crate::import::header::plain;
use crate::import::layout::Layout;

/// Below this a match is not proposed.
const LEAST: f64 = 0.5;
/// A needed field that no name tells is taken from content with this confidence.
const BY_CONTENT: f64 = 0.4;

/// A column of the table, and the first of its cells.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// Its cells, null ones left out.
    pub cells: Vec<String>,
}

/// A field that a column seems to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// Field id.
    pub field: String,
    /// From 0 to 1.
    pub confidence: f64,
}

/// A mapping in the making.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// What rows seem to be.
    pub target: Target,
    /// One a column.
    pub columns: Vec<Option<Guess>>,
    /// Decimal mark, and how sure.
    pub decimal: (Decimal, f64),
    /// Order of dates, and how sure.
    pub dates: (DateFormat, f64),
    /// Currency, where no column holds it but amounts show it.
    pub currency: Option<String>,
    /// Are most amounts below zero?
    pub negated: bool,
    /// What amounts seem to be counted in, as a multiplier.
    pub multiplier: Option<&'static str>,
}

/// What a table seems to be; of rows that somebody knows to be `wanted`, which columns hold their fields.
#[must_use]
pub fn guess(name: &str, columns: &[Seen], wanted: Option<Target>) -> Draft {
    let asked = Target::ALL.into_iter().filter(|target| wanted.is_none_or(|wanted| wanted == *target));
    let looked: Vec<Look<'_>> = columns.iter().map(Look::of).collect();
    let scored: Vec<_> = asked.map(|target| (target, matched(target, &looked))).collect();
    let score = |(target, found): &(Target, Vec<Option<Guess>>)| {
        let sure: f64 = found.iter().flatten().map(|guess| guess.confidence).sum();
        let lacking = target.needed().iter().filter(|needed| {
            !found.iter().flatten().any(|guess| guess.confidence >= LEAST && needed.contains(&guess.field.as_str()))
        });
        sure - 2.0 * lacking.count() as f64
    };
    // Of equals the first counts: a bill is what unknown tables mostly are.
    let best = scored.iter().rev().max_by(|a, b| score(a).total_cmp(&score(b)));
    let (target, found) = best.cloned().unwrap_or((Target::Bill, vec![None; columns.len()]));
    let of_kind = |kind: Kind| -> Vec<&Seen> {
        let is = |guess: &Guess| target.kind_of(&guess.field) == Some(kind);
        columns.iter().zip(&found).filter(|(_, guess)| guess.as_ref().is_some_and(is)).map(|(seen, _)| seen).collect()
    };
    let (money, mut dates) = (of_kind(Kind::Money), of_kind(Kind::Date));
    // A month alone, such as 10/2026, says nothing of the order of days.
    dates.extend(of_kind(Kind::Month).into_iter().filter(|seen| seen.cells.iter().all(|text| is_date(text))));
    let mut numbers = money.clone();
    numbers.extend(of_kind(Kind::Quantity));
    let decimal = decimal_of(&numbers);
    let has_currency = found.iter().flatten().any(|guess| guess.field == "currency");
    Draft {
        name: name.to_owned(),
        target,
        decimal,
        dates: dates_of(&dates),
        currency: if has_currency { None } else { currency_of(&money, decimal.0) },
        negated: mostly_negative(&money, decimal.0),
        multiplier: money.first().and_then(|seen| multiplier_of(&seen.name)),
        columns: found,
    }
}

/// A column, and what was worked out about it so far: every field of every target asks anew.
struct Look<'a> {
    seen: &'a Seen,
    /// Its name as compared, and the words of it.
    whole: String,
    words: Vec<String>,
    /// The share of its cells that read as each kind.
    shares: RefCell<Vec<(Kind, f64)>>,
}

impl<'a> Look<'a> {
    fn of(seen: &'a Seen) -> Self {
        Self { seen, whole: plain(&seen.name), words: tokens(&seen.name), shares: RefCell::default() }
    }

    fn share(&self, kind: Kind) -> f64 {
        let mut shares = self.shares.borrow_mut();
        if let Some((_, known)) = shares.iter().find(|(of, _)| *of == kind) {
            return *known;
        }
        let share = share(kind, &self.seen.cells);
        shares.push((kind, share));
        share
    }
}

/// The best field for each column: the surest pair first, each field and column once.
fn matched(target: Target, columns: &[Look<'_>]) -> Vec<Option<Guess>> {
    let mut pairs: Vec<(f64, usize, &Field)> = Vec::new();
    for (index, look) in columns.iter().enumerate() {
        for field in target.fields() {
            let named = likeness(look, field.words);
            // Cells take longer to read than a name: only where they can still make a match.
            if named >= LEAST {
                let confidence = named * (0.4 + 0.6 * look.share(field.kind));
                if confidence >= LEAST {
                    pairs.push((confidence, index, field));
                }
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut found: Vec<Option<Guess>> = vec![None; columns.len()];
    let mut taken: HashSet<&str> = HashSet::new();
    for (confidence, index, field) in pairs {
        if found[index].is_none() && taken.insert(field.id) {
            found[index] = Some(Guess { field: field.id.to_owned(), confidence: hundredths(confidence) });
        }
    }
    tags(target, columns, &mut found);
    by_content(target, columns, &mut found);
    found
}

fn hundredths(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

/// Columns that call themselves tags.
fn tags(target: Target, columns: &[Look<'_>], found: &mut [Option<Guess>]) {
    if !target.has_tags() {
        return;
    }
    for (seen, guess) in columns.iter().map(|look| look.seen).zip(found).filter(|(_, guess)| guess.is_none()) {
        let lower = seen.name.to_lowercase();
        let tag = ["tag:", "tags:", "tag_", "tags_", "tag.", "label:", "label_", "labels.", "user:"];
        let rest = tag.iter().find_map(|prefix| seen.name.get(prefix.len()..).filter(|_| lower.starts_with(prefix)));
        if let Some(rest) = rest.map(str::trim).filter(|rest| !rest.is_empty()) {
            *guess = Some(Guess { field: format!("tag:{rest}"), confidence: 0.9 });
        }
    }
}

/// Needed fields that no name told, from the first column whose cells look like them.
fn by_content(target: Target, columns: &[Look<'_>], found: &mut [Option<Guess>]) {
    for needed in target.needed() {
        if found.iter().flatten().any(|guess| needed.contains(&guess.field.as_str())) {
            continue;
        }
        let Some(kind) = target.kind_of(needed[0]).filter(|kind| matches!(kind, Kind::Date | Kind::Money)) else {
            continue;
        };
        let looks = |look: &Look<'_>| !look.seen.cells.is_empty() && look.share(kind) >= 0.9;
        let free = (0..columns.len()).find(|index| found[*index].is_none() && looks(&columns[*index]));
        if let Some(index) = free {
            found[index] = Some(Guess { field: needed[0].to_owned(), confidence: BY_CONTENT });
        }
    }
}

/// How much a column's name is like one of these words: 1 for the word itself, less for the word among others and
/// for spellings near it.
fn likeness(column: &Look<'_>, words: &[&str]) -> f64 {
    let (whole, parts) = (&column.whole, &column.words);
    let like = |word: &str| {
        if whole == word {
            1.0
        } else if parts.iter().any(|part| part == word) {
            0.85
        } else if word.len() >= 5 && comparable(whole, word) {
            let near = strsim::jaro_winkler(whole, word);
            if near >= 0.9 { near * 0.85 } else { 0.0 }
        } else {
            0.0
        }
    };
    // Of equally like words the first is the surest.
    words.iter().enumerate().map(|(at, word)| like(word) - 0.004 * at as f64).fold(0.0, f64::max)
}

/// Could two spellings be near at all? Where one is more than twice as long, at most half its letters have a partner,
/// and no Jaro-Winkler distance of 0.9 comes of that.
fn comparable(one: &str, other: &str) -> bool {
    let (one, other) = (one.chars().count(), other.chars().count());
    one <= other * 2 && other <= one * 2
}

/// The words of a name: `usageDate (UTC)` is `usage`, `date`, `utc`.
fn tokens(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (lower && c.is_uppercase()) {
            words.push(String::new());
        }
        lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The share of cells that can be read as what a field holds; of a column without cells nothing speaks against it.
fn share(kind: Kind, cells: &[String]) -> f64 {
    let number = |text: &str| [Decimal::Point, Decimal::Comma].iter().any(|mark| cell::plain(text, *mark).is_some());
    let good = |text: &String| match kind {
        Kind::Money | Kind::Quantity => number(text),
        Kind::Count => number(text) && !text.contains('-'),
        Kind::Date => is_date(text),
        Kind::Month => is_date(text) || text.len() <= 14 && text.chars().filter(char::is_ascii_digit).count() >= 4,
        Kind::Currency => text.len() == 3 && Currency::parse(text).is_ok(),
        Kind::Word => !is_date(text) && (!number(text) || !text.contains(['.', ','])),
    };
    if cells.is_empty() { 1.0 } else { cells.iter().filter(|text| good(text)).count() as f64 / cells.len() as f64 }
}

fn is_date(text: &str) -> bool {
    let seconds =
        matches!(text.len(), 10 | 13) && text.bytes().all(|b| b.is_ascii_digit()) && text.starts_with(['1', '2']);
    let orders = [DateFormat::Iso, DateFormat::DayFirst, DateFormat::MonthFirst];
    seconds || orders.iter().any(|order| cell::date(text, *order, utc()).is_some())
}

/// The decimal mark, by the cells that tell: a mark that two or more than three digits follow is one, and of two
/// kinds of marks the last.
fn decimal_of(columns: &[&Seen]) -> (Decimal, f64) {
    let (mut comma, mut point, mut unsure) = (0u32, 0u32, 0u32);
    for text in columns.iter().flat_map(|seen| &seen.cells) {
        let Some(at) = text.rfind([',', '.']) else { continue };
        let behind = text[at + 1..].chars().take_while(char::is_ascii_digit).count();
        let both = text.contains(',') && text.contains('.');
        let tells = both || behind != 3;
        match (tells, text.as_bytes()[at]) {
            (true, b',') => comma += 1,
            (true, _) => point += 1,
            (false, _) => unsure += 1,
        }
    }
    match (comma, point, unsure) {
        (0, 0, 0) => (Decimal::Point, 1.0),
        (0, 0, _) => (Decimal::Point, 0.5),
        _ => {
            let mark = if comma > point { Decimal::Comma } else { Decimal::Point };
            (mark, hundredths(f64::from(comma.max(point)) / f64::from(comma + point)))
        }
    }
}

/// The order of dates: a first part above 12 is a day, a second part above 12 is a day too; when neither is there, or
/// both, somebody has to say.
fn dates_of(columns: &[&Seen]) -> (DateFormat, f64) {
    let cells: Vec<&String> = columns.iter().flat_map(|seen| &seen.cells).collect();
    if cells.is_empty() {
        return (DateFormat::Iso, 1.0);
    }
    let reads = |order: DateFormat| cells.iter().filter(|text| cell::date(text, order, utc()).is_some()).count();
    if reads(DateFormat::Iso) * 2 > cells.len() {
        return (DateFormat::Iso, hundredths(reads(DateFormat::Iso) as f64 / cells.len() as f64));
    }
    if cells.iter().all(|text| text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.len() >= 10)
        && reads(DateFormat::Unix) == cells.len()
    {
        return (DateFormat::Unix, 0.9);
    }
    let parts: Vec<(u32, u32, i32)> = cells.iter().filter_map(|text| cell::parts(text)).collect();
    let day_first = parts.iter().any(|(first, ..)| *first > 12);
    let month_first = parts.iter().any(|(_, second, _)| *second > 12);
    match (day_first, month_first) {
        (true, false) => (DateFormat::DayFirst, 1.0),
        (false, true) => (DateFormat::MonthFirst, 1.0),
        _ if parts.is_empty() => (DateFormat::Iso, 0.5),
        // With points the day comes first wherever they are written so.
        _ if !day_first && cells.iter().all(|text| text.contains('.')) => (DateFormat::DayFirst, 0.9),
        _ => (DateFormat::DayFirst, 0.5),
    }
}

fn currency_of(money: &[&Seen], decimal: Decimal) -> Option<String> {
    let mut codes = money.iter().flat_map(|seen| &seen.cells).filter_map(|text| cell::plain(text, decimal)?.1);
    if let Some(first) = codes.next() {
        return codes.all(|code| code == first).then_some(first);
    }
    // `Amount (EUR)`, `cost_usd`.
    let code =
        |word: &String| matches!(word.as_str(), "eur" | "usd" | "gbp" | "chf" | "jpy" | "sek" | "pln" | "cad" | "aud");
    money.iter().find_map(|seen| tokens(&seen.name).into_iter().find(code)).map(|code| code.to_uppercase())
}

fn mostly_negative(money: &[&Seen], decimal: Decimal) -> bool {
    let Some(seen) = money.first() else { return false };
    let plain: Vec<String> = seen.cells.iter().filter_map(|text| Some(cell::plain(text, decimal)?.0)).collect();
    let below = plain.iter().filter(|digits| digits.starts_with('-')).count();
    !plain.is_empty() && below * 5 > plain.len() * 4
}

fn multiplier_of(name: &str) -> Option<&'static str> {
    tokens(name).iter().find_map(|word| match word.as_str() {
        "cent" | "cents" | "ct" | "minor" | "pence" | "centimes" => Some("0.01"),
        "micros" | "microcents" if word == "micros" => Some("0.000001"),
        _ => None,
    })
}

/// Where the header of a table stands, and what separates its fields: the first of the lines that have as many
/// fields as most lines below.
#[must_use]
pub fn layout_of(start: &[u8]) -> Layout {
    let sniffed = Layout::sniffed(start);
    let text = String::from_utf8_lossy(start);
    let lines: Vec<&str> = text.lines().take(40).collect();
    let best = [',', ';', '\t', '|'].into_iter().filter_map(|separator| {
        let fields: Vec<usize> = lines.iter().map(|line| line.matches(separator).count()).collect();
        let most = *fields
            .iter()
            .filter(|count| **count > 0)
            .max_by_key(|count| (fields.iter().filter(|other| other == count).count(), **count))?;
        // A line above it may have been padded to as many fields; a header names nearly all of them.
        let names = |line: &str| line.split(separator).filter(|field| !field.trim().is_empty()).count();
        let first =
            lines.iter().zip(&fields).position(|(line, count)| *count == most && names(line) * 5 >= most * 4)?;
        Some((fields.iter().filter(|count| **count == most).count(), most, first, separator))
    });
    match best.max_by_key(|(lines, most, ..)| (*lines, *most)) {
        Some((_, _, first, separator)) if first > 0 => Layout::told(start, first as u64, Some(separator as u8)),
        _ => sniffed,
    }
}

impl Draft {
    /// As TOML, with how sure each line is.
    #[must_use]
    pub fn text(&self, header: &[String], layout: Layout) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let names: Vec<String> = header.iter().map(|name| quoted(name)).collect();
        let mut text = format!(
            "# A guess: check the target, the dates and the amounts, then `marginline import` this file.\n\
             [mapping]\nname = {}\ntarget = \"{}\"\nheader = [{}]\ndelimiter = {}\n",
            quoted(&self.name),
            self.target.word(),
            names.join(", "),
            if layout.delimiter == b'\t' {
                "\"tab\"".to_owned()
            } else {
                quoted(&char::from(layout.delimiter).to_string())
            },
        );
        if layout.skip > 0 {
            text.push_str(&format!("skip_lines = {}\n", layout.skip));
        }
        text.push_str(&format!("decimal = \"{}\" # {:.2}\n", self.decimal.0.word(), self.decimal.1));
        text.push_str(&format!(
            "date_format = \"{}\" # {:.2}{}\n",
            self.dates.0.word(),
            self.dates.1,
            self.date_doubt()
        ));
        if let Some(currency) = &self.currency {
            text.push_str(&format!("currency = {}\n", quoted(currency)));
        } else if !self.columns.iter().flatten().any(|guess| guess.field == "currency") {
            text.push_str("# currency = \"EUR\" # no column seems to hold it\n");
        }
        if self.negated {
            text.push_str("sign = \"negative\" # most amounts are below zero\n");
        }
        if let Some(multiplier) = self.multiplier {
            text.push_str(&format!("multiplier = \"{multiplier}\" # by the column's name\n"));
        }
        text.push_str("\n[columns]\n");
        let bare = |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        for (name, guess) in header.iter().zip(&self.columns) {
            if let Some(Guess { field, confidence }) = guess {
                let key = if bare(field) { field.clone() } else { quoted(field) };
                text.push_str(&format!("{key} = {} # {confidence:.2}\n", quoted(name)));
            }
        }
        let free: Vec<&String> =
            header.iter().zip(&self.columns).filter(|(_, g)| g.is_none()).map(|(n, _)| n).collect();
        for name in free {
            text.push_str(&format!("# ? = {}\n", quoted(&name.replace(['\n', '\r'], " "))));
        }
        text
    }

    /// What only a person can settle about dates.
    #[must_use]
    pub fn date_doubt(&self) -> &'static str {
        match self.dates {
            (DateFormat::DayFirst, sure) if sure <= 0.5 => {
                ", uncertain: no day above 12 tells day-first from month-first"
            }
            (_, sure) if sure <= 0.5 => ", uncertain",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests;
