//! One kind of line of the bill, cut at the columns that differ from row to row, and fast decimal text.

use std::collections::BTreeMap;

/// Amounts are whole numbers of this many decimals.
pub const DECIMALS: usize = 12;

/// A column that is written anew in every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Billed,
    Effective,
    Contracted,
    List,
    Quantity,
    BillingStart,
    BillingEnd,
    ChargeStart,
    ChargeEnd,
}

impl Slot {
    /// What stands in a column of this name, if it is one of them.
    pub fn of(column: &str) -> Option<Slot> {
        Some(match column {
            "BilledCost" => Slot::Billed,
            "EffectiveCost" => Slot::Effective,
            "ContractedCost" => Slot::Contracted,
            "ListCost" => Slot::List,
            "ConsumedQuantity" | "PricingQuantity" => Slot::Quantity,
            "BillingPeriodStart" => Slot::BillingStart,
            "BillingPeriodEnd" => Slot::BillingEnd,
            "ChargePeriodStart" => Slot::ChargeStart,
            "ChargePeriodEnd" => Slot::ChargeEnd,
            _ => return None,
        })
    }
}

/// How the costs of a line belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Billed as used.
    Plain,
    /// Paid before by a commitment: billed zero, amortised not.
    Covered,
    /// A credit or refund.
    Negative,
}

/// A kind of line: everything that repeats, ready to copy.
pub struct Line {
    /// Text before each slot, and after the last one.
    pieces: Vec<Vec<u8>>,
    /// Which service and region its money counts under.
    pub group: usize,
    pub kind: Kind,
    pub quantity: bool,
    /// The middle of its costs.
    pub rate: u64,
}

impl Line {
    /// Cuts `fields` at the slots of `columns`.
    pub fn new(columns: &[String], fields: &BTreeMap<&str, String>, group: usize, kind: Kind, rate: u64) -> Line {
        let mut pieces = vec![Vec::new()];
        for (position, column) in columns.iter().enumerate() {
            let mut text = String::new();
            if position > 0 {
                text.push(',');
            }
            let field = fields.get(column.as_str()).map_or("", String::as_str);
            if Slot::of(column).is_none() {
                push_field(&mut text, field);
            }
            if let Some(piece) = pieces.last_mut() {
                piece.extend_from_slice(text.as_bytes());
            }
            if Slot::of(column).is_some() {
                pieces.push(Vec::new());
            }
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(b'\n');
        }
        let quantity = fields.get("PricingQuantity").is_some_and(|quantity| !quantity.is_empty());
        Line { pieces, group, kind, quantity, rate }
    }

    /// Writes a row; `fill` writes what stands in a slot.
    pub fn write(&self, slots: &[Slot], out: &mut Vec<u8>, mut fill: impl FnMut(Slot, &mut Vec<u8>)) {
        let mut pieces = self.pieces.iter();
        for (slot, piece) in slots.iter().zip(&mut pieces) {
            out.extend_from_slice(piece);
            fill(*slot, out);
        }
        if let Some(last) = pieces.next() {
            out.extend_from_slice(last);
        }
    }
}

fn push_field(text: &mut String, field: &str) {
    if field.contains([',', '"']) {
        text.push('"');
        text.push_str(&field.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(field);
    }
}

/// The fields of a line of CSV that ends where the line ends.
pub fn fields_of(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push_to_last(&mut fields, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => push_to_last(&mut fields, letter),
        }
    }
    fields
}

fn push_to_last(fields: &mut [String], letter: char) {
    if let Some(field) = fields.last_mut() {
        field.push(letter);
    }
}

/// Writes `amount`, a whole number of `10^-12`, with the first `decimals` of its twelve decimals.
pub fn push_decimal(out: &mut Vec<u8>, amount: i64, decimals: usize) {
    let mut text = [b'0'; 36];
    let mut rest = amount.unsigned_abs();
    let mut at = text.len();
    for _ in 0..DECIMALS {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    at -= 1;
    text[at] = b'.';
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if amount < 0 {
        at -= 1;
        text[at] = b'-';
    }
    let end = text.len() - (DECIMALS - decimals);
    out.extend_from_slice(&text[at..end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_whole() {
        let text = |amount, decimals| {
            let mut out = Vec::new();
            push_decimal(&mut out, amount, decimals);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(0, 12), "0.000000000000");
        assert_eq!(text(-1, 12), "-0.000000000001");
        assert_eq!(text(12_345_000_000_000_100, 10), "12345.0000000001");
        assert_eq!(text(i64::MIN, 12), "-9223372.036854775808");
    }

    #[test]
    fn quoted_fields_come_apart() {
        assert_eq!(fields_of(r#"a,"b, ""c""",,d"#), ["a", "b, \"c\"", "", "d"]);
    }
}
