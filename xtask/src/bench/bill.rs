//! A bill of any size: rows drawn anew from the sample company's bills, spread over more resources, accounts,
//! regions and services, with costs of their own. The same number of rows gives the same bytes.

use super::fleet::{REGIONS, SERVICES, STAGES, TEAMS};
use super::line::{DECIMALS, Kind, Line, Slot, fields_of, push_decimal};
use crate::fixtures::FOLDER;
use crate::fixtures::calendar::Month;
use crate::fixtures::random::Stream;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Up to here a bill is one month; a larger one is a quarter.
const MONTH_OF_ROWS: u64 = 3_000_000;
const LAST: Month = Month(11);
/// Written to the file at once.
const BLOCK: usize = 1 << 20;

/// Exact sums of what was written: month, service and region; billed and effective cost in `10^-12`.
pub type Sums = BTreeMap<(String, String, String), [i128; 2]>;

/// What was written.
pub struct Bill {
    pub rows: u64,
    pub bytes: u64,
    pub columns: usize,
    /// Kinds of line.
    pub lines: usize,
    pub months: u32,
    pub sums: Sums,
}

/// The kinds of line of a bill, and the groups that they count under.
struct Book {
    columns: Vec<String>,
    lines: Vec<Line>,
    groups: Vec<(String, String)>,
}

type Row = BTreeMap<String, String>;

/// Writes a bill of `rows` rows to `file`.
pub fn write(root: &Path, file: &Path, rows: u64) -> Result<Bill, String> {
    let months: u32 = if rows > MONTH_OF_ROWS { 3 } else { 1 };
    let first = Month(LAST.0 + 1 - months);
    let book = Book::new(root, rows)?;
    let slots: Vec<Slot> = book.columns.iter().filter_map(|column| Slot::of(column)).collect();
    let failed = |why: std::io::Error| format!("cannot write {}: {why}", file.display());
    let mut target = File::create(file).map_err(failed)?;
    let mut out = Vec::with_capacity(BLOCK + 4096);
    out.extend_from_slice(book.columns.join(",").as_bytes());
    out.push(b'\n');
    let mut dice = Stream::new("bench", first, "rows");
    let mut bytes = 0;
    let mut sums = Sums::new();
    let days: i64 = (0..months).map(|month| first.plus(month).days()).sum();
    let hours = days as u64 * 24;
    let mut done = 0;
    for month in (0..months).map(|month| first.plus(month)) {
        let mut counted = vec![[0i128; 2]; book.groups.len()];
        for hour in 0..month.days() * 24 {
            let times = Times::of(month, hour);
            let before = (month.first().0 - first.first().0) as u64 * 24 + hour as u64;
            let until = rows * (before + 1) / hours;
            while done < until {
                book.row(&slots, &mut dice, &times, &mut out, &mut counted);
                done += 1;
                if out.len() >= BLOCK {
                    target.write_all(&out).map_err(failed)?;
                    bytes += out.len() as u64;
                    out.clear();
                }
            }
        }
        for ((service, region), sum) in book.groups.iter().zip(counted).filter(|(_, sum)| *sum != [0, 0]) {
            sums.insert((month.to_string(), service.clone(), region.clone()), sum);
        }
    }
    target.write_all(&out).map_err(failed)?;
    bytes += out.len() as u64;
    // What is still to be written to disk must not slow down whoever is measured first.
    target.sync_all().map_err(failed)?;
    Ok(Bill { rows, bytes, columns: book.columns.len(), lines: book.lines.len(), months, sums })
}

/// The texts of an hour.
struct Times {
    billing_start: String,
    billing_end: String,
    start: String,
    end: String,
}

impl Times {
    fn of(month: Month, hour: i64) -> Times {
        let at = |hour: i64| {
            let day = crate::fixtures::calendar::Day(month.first().0 + hour / 24);
            format!("{day}T{:02}:00:00Z", hour % 24)
        };
        Times {
            billing_start: month.first().midnight(),
            billing_end: month.end().midnight(),
            start: at(hour),
            end: at(hour + 1),
        }
    }
}

impl Book {
    fn new(root: &Path, rows: u64) -> Result<Book, String> {
        let (columns, sample) = sample(root)?;
        let mut book = Book { columns, lines: Vec::new(), groups: Vec::new() };
        let mut dice = Stream::new("bench", LAST, "resources");
        for number in 0..resources(rows) {
            let drawn = &sample[dice.between(0, sample.len() as i128 - 1) as usize];
            let account = dice.between(0, (TEAMS.len() * STAGES.len()) as i128 - 1) as usize;
            let mut row = drawn.clone();
            row.insert("SubAccountId".into(), format!("0044177000{account:02}"));
            row.insert("SubAccountName".into(), format!("{}-{}", STAGES[account % 4], TEAMS[account / 4]));
            if drawn["ChargeCategory"] == "Usage" && drawn["CommitmentDiscountStatus"] != "Unused" {
                book.resource(&mut dice, number, &row);
            } else {
                book.line(&mut dice, &row);
            }
        }
        Ok(book)
    }

    /// Adds a resource: its lines share everything but what is metered.
    fn resource(&mut self, dice: &mut Stream, number: u64, drawn: &Row) {
        let covered = drawn["CommitmentDiscountStatus"] == "Used";
        // The lower of two draws: the first services and regions are used most.
        let mut low = |many: usize| {
            let draw = |dice: &mut Stream| dice.between(0, many as i128 - 1);
            draw(dice).min(draw(dice)) as usize
        };
        let service = &SERVICES[if covered { 0 } else { low(SERVICES.len()) }];
        let (region, region_name) = REGIONS[low(REGIONS.len())];
        let account = &drawn["SubAccountId"];
        let (stage, team) = drawn["SubAccountName"].split_once('-').unwrap_or_default();
        let id = dice.bits();
        let mut row = drawn.clone();
        let mut set = |column: &str, text: String| row.insert(column.to_owned(), text);
        set("AvailabilityZone", format!("{region}{}", ["a", "b", "c"][(id % 3) as usize]));
        set("RegionId", region.to_owned());
        set("RegionName", region_name.to_owned());
        set("ResourceId", format!("arn:aws:{}:{region}:{account}:{}/{id:016x}", service.short, service.resource));
        set("ResourceName", format!("{team}-{}-{number:05}", service.resource));
        set("ResourceType", service.resource.to_owned());
        set("ServiceCategory", service.category.to_owned());
        set("ServiceName", service.name.to_owned());
        set("Tags", format!(r#"{{"cost-center":"cc-{:04}","env":"{stage}","team":"{team}"}}"#, 1000 + id % 40));
        for (position, (description, unit)) in service.lines.iter().enumerate() {
            let mut row = row.clone();
            let sku = format!("{:08X}{}", id >> 32, ["BOXUSAGE", "STORAGE", "BYTES"][position % 3]);
            row.insert("SkuPriceId".into(), format!("{sku}.JRTCKXETXF"));
            row.insert("SkuId".into(), sku);
            if !covered {
                row.insert("ChargeDescription".into(), (*description).to_owned());
                row.insert("ConsumedUnit".into(), (*unit).to_owned());
                row.insert("PricingUnit".into(), (*unit).to_owned());
            }
            self.line(dice, &row);
            if covered {
                break;
            }
        }
    }

    fn line(&mut self, dice: &mut Stream, row: &Row) {
        let kind = if row["BilledCost"].starts_with('-') {
            Kind::Negative
        } else if row["CommitmentDiscountStatus"].is_empty() {
            Kind::Plain
        } else {
            Kind::Covered
        };
        let group = (row["ServiceName"].clone(), row["RegionId"].clone());
        let group = self.groups.iter().position(|known| *known == group).unwrap_or_else(|| {
            self.groups.push(group);
            self.groups.len() - 1
        });
        // From a ten-thousandth of a dollar an hour to some fifty dollars.
        let rate = 10u64.pow(dice.between(8, 12) as u32) * dice.between(10, 499) as u64 / 10;
        let fields = row.iter().map(|(column, text)| (column.as_str(), text.clone())).collect();
        self.lines.push(Line::new(&self.columns, &fields, group, kind, rate));
    }

    fn row(&self, slots: &[Slot], dice: &mut Stream, times: &Times, out: &mut Vec<u8>, counted: &mut [[i128; 2]]) {
        let (pick, chance) = (dice.bits(), dice.bits());
        let line = &self.lines[(pick % self.lines.len() as u64) as usize];
        let decimals = DECIMALS - (chance >> 60) as usize % 3;
        let cost = line.rate / 2 + chance % line.rate;
        let cost = (cost - cost % 10u64.pow((DECIMALS - decimals) as u32)) as i64;
        let (billed, effective) = match line.kind {
            Kind::Plain => (cost, cost),
            Kind::Covered => (0, cost),
            Kind::Negative => (-cost, -cost),
        };
        let sums = &mut counted[line.group];
        sums[0] += i128::from(billed);
        sums[1] += i128::from(effective);
        let (contracted, list) = if line.kind == Kind::Covered {
            (cost + cost / 3, cost * 2)
        } else {
            (effective, effective + effective / 16)
        };
        line.write(slots, out, |slot, out| match slot {
            Slot::Billed => push_decimal(out, billed, decimals),
            Slot::Effective => push_decimal(out, effective, decimals),
            Slot::Contracted => push_decimal(out, contracted, decimals),
            Slot::List => push_decimal(out, list, decimals),
            Slot::Quantity if line.quantity => push_decimal(out, (pick >> 16) as i64 % 10i64.pow(15), 6),
            Slot::Quantity => {}
            Slot::BillingStart => out.extend_from_slice(times.billing_start.as_bytes()),
            Slot::BillingEnd => out.extend_from_slice(times.billing_end.as_bytes()),
            Slot::ChargeStart => out.extend_from_slice(times.start.as_bytes()),
            Slot::ChargeEnd => out.extend_from_slice(times.end.as_bytes()),
        });
    }
}

/// How many resources a bill of this many rows has: 2,000 to a million rows, 5,000 to ten million.
fn resources(rows: u64) -> u64 {
    (2_000.0 * (rows as f64 / 1e6).powf(0.4)).round().max(100.0) as u64
}

/// The columns and rows of the sample company's cloud bills.
fn sample(root: &Path) -> Result<(Vec<String>, Vec<Row>), String> {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for month in Month::all() {
        let name = format!("{FOLDER}/focus-cloud-{month}.csv");
        let text = fs::read_to_string(root.join(&name)).map_err(|why| format!("cannot read {name}: {why}"))?;
        let mut lines = text.lines();
        columns = fields_of(lines.next().unwrap_or_default());
        rows.extend(lines.map(|line| columns.iter().cloned().zip(fields_of(line)).collect::<Row>()));
    }
    if rows.is_empty() { Err(format!("{FOLDER} holds no bill")) } else { Ok((columns, rows)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_is_the_same_twice_and_adds_up() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let file = std::env::temp_dir().join(format!("marginline-bench-{}.csv", std::process::id()));
        let bill = write(root, &file, 3_000).unwrap();
        let first = fs::read_to_string(&file).unwrap();
        write(root, &file, 3_000).unwrap();
        assert!(fs::read_to_string(&file).unwrap() == first, "two bills of the same size differ");
        fs::remove_file(&file).unwrap();
        assert_eq!(bill.bytes, first.len() as u64);
        let mut lines = first.lines();
        let columns = fields_of(lines.next().unwrap());
        let billed = columns.iter().position(|column| column == "BilledCost").unwrap();
        let mut sum = 0;
        for line in lines {
            let fields = fields_of(line);
            assert_eq!(fields.len(), columns.len(), "{line}");
            let (whole, part) = fields[billed].split_once('.').unwrap();
            sum += format!("{whole}{part:0<DECIMALS$}").parse::<i128>().unwrap();
        }
        assert_eq!(sum, bill.sums.values().map(|sums| sums[0]).sum::<i128>());
        assert!(sum > 0 && first.contains(",-"), "a bill costs something and has credits");
    }
}
