//! AWS's price list of EC2, the offer file as CSV: lines about the file, then a row for each price.
//!
//! Source: AWS Price List, offer files. Taken are instances under Linux on shared tenancy without further software, by
//! use and reserved without upfront payment; the rest is other things or other licences, and passed over. An instance
//! whose GPUs are known becomes a price of one GPU for an hour, its type the class.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::{FieldError, currency, day};
use super::format::{Format, Reader, Shape, Table, Taken, Told};
use super::layout::Layout;
use super::price_rows::{Found, Gathered, amount, each, list_price};
use super::record::Record;
use crate::error::Result as Answer;
use crate::prices::catalogue::gpus_of_instance;

const PER_UNIT: &[&str] = &["PricePerUnit"];

/// AWS's price list.
pub static AWS_PRICE_LIST: Format = Format {
    id: "aws-price-list",
    label: "AWS price list",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[&["SKU"], &["TermType"], &["Unit"], PER_UNIT, &["Currency"], &["Instance Type"], &["Region Code"]],
        telling: &["SKU", "OfferTermCode", "RateCode", "TermType", "PricePerUnit", "Currency", "Region Code"],
        open: |_| Box::new(Offer::default()),
    })],
};

/// Lines that may stand above the header.
const MOST_LINES: usize = 10;

/// Where the header stands below the lines about the file, and the day that they say it was published on.
#[must_use]
pub fn lead_in(start: &[u8]) -> Option<(Layout, Option<NaiveDate>)> {
    let text = String::from_utf8_lossy(&start[..start.len().min(16 << 10)]).into_owned();
    let plain = |line: &str| line.trim_start_matches('\u{feff}').replace('"', "");
    let skip = text.lines().take(MOST_LINES).position(|line| plain(line).starts_with("SKU,OfferTermCode,"))?;
    let dated = text.lines().take(skip).find_map(|line| {
        let line = plain(line);
        let date = line.strip_prefix("Publication Date,")?;
        date.get(..10)?.parse().ok()
    });
    (skip > 0).then(|| (Layout::told(start, skip as u64, Some(b',')), dated))
}

#[derive(Default)]
struct Offer {
    gathered: Gathered,
    observed: NaiveDate,
}

/// Is it an instance as machines for models are bought?
fn is_plain(record: &Record<'_>) -> bool {
    [
        (&["Operating System"][..], "Linux"),
        (&["Tenancy"], "Shared"),
        (&["Pre Installed S/W"], "NA"),
        (&["CapacityStatus"], "Used"),
    ]
    .into_iter()
    .all(|(name, wanted)| record.text(name).is_none_or(|found| found == wanted))
        && record.text(&["Operation"]).is_none_or(|found| found == "RunInstances")
}

/// How a row's price is bought; nothing for terms with an upfront payment.
fn purchase(record: &Record<'_>) -> Option<Purchase> {
    match record.word(&["TermType"]) {
        "OnDemand" => Some(Purchase::OnDemand),
        "Reserved"
            if record.word(&["PurchaseOption"]) == "No Upfront"
                && record.text(&["OfferingClass"]).is_none_or(|class| class == "standard") =>
        {
            match record.word(&["LeaseContractLength"]) {
                "1yr" => Some(Purchase::Reserved1y),
                "3yr" => Some(Purchase::Reserved3y),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Reader for Offer {
    fn told(&mut self, told: &Told) -> Answer<()> {
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (Some(purchase), Some(instance)) = (purchase(record), record.text(&["Instance Type"])) else {
            return Ok(Taken::Skipped);
        };
        let hours = matches!(record.word(&["Unit"]), "Hrs" | "Hours" | "hours" | "hrs");
        if !hours || !is_plain(record) {
            return Ok(Taken::Skipped);
        }
        let text = record.word(PER_UNIT);
        let hour = amount("PricePerUnit", text, 0)?;
        // Rows of 0 stand for reserved capacity and for what is not sold.
        if hour == Money::ZERO {
            return Ok(Taken::Skipped);
        }
        let region = record
            .text(&["Region Code"])
            .ok_or_else(|| FieldError::new("Region Code", "", "the id of a region, such as us-east-1"))?;
        let valid_from =
            record.text(&["EffectiveDate"]).map_or(Ok(self.observed), |text| day("EffectiveDate", text))?;
        let source = format!("AWS price list, {region}");
        let of = |resource, item: &str, per| list_price(resource, "aws", item, per, &source, self.observed);
        let (thing, count) = match gpus_of_instance("aws", instance) {
            None => (of(Resource::Instance, instance, Per::Hour), 1),
            Some((gpu, count)) => {
                (Price { class: instance.to_owned(), ..of(Resource::Gpu, &gpu, Per::GpuHour) }, count)
            }
        };
        let price = Price {
            purchase,
            valid_from,
            region: region.to_owned(),
            amount: each(hour, count),
            currency: currency("Currency", record.word(&["Currency"]))?,
            ..thing
        };
        self.gathered
            .keep(vec![Found { price, column: "PricePerUnit".to_owned(), text: text.to_owned() }], record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
