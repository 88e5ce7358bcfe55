//! Azure's retail prices: pages of the API's JSON.
//!
//! Source: Azure Retail Prices API. Taken are virtual machines under Linux by use, as spot and reserved; other services
//! are sold in units that their meters alone explain, and are passed over. A reservation's price is for its whole term.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::{FieldError, currency, day};
use super::format::{Format, Json, Reader, Shape, Taken, Told};
use super::node::Node;
use super::price_rows::{Found, Gathered, amount, each, list_price};
use super::record::Record;
use crate::error::Result as Answer;
use crate::prices::catalogue::gpus_of_instance;

/// Azure's retail prices.
pub static AZURE_PRICES: Format = Format {
    id: "azure-prices",
    label: "Azure retail prices",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Json(Json {
        likeness: |document| {
            let of = |document: &Node| {
                let items = document.get("Items").map_or(&[][..], Node::items);
                items.first().is_some_and(|item| item.get("armRegionName").is_some() && item.get("meterId").is_some())
            };
            if of(document) || document.items().first().is_some_and(of) { 6 } else { 0 }
        },
        records: |document| match document {
            Node::List(pages) => pages.into_iter().flat_map(items).collect(),
            page => items(page),
        },
        open: || Box::new(Retail::default()),
    })],
};

fn items(mut page: Node) -> Vec<Node> {
    page.remove("Items").map(Node::into_items).unwrap_or_default()
}

/// Hours of a year as Azure counts them.
const HOURS_OF_A_YEAR: u64 = 8_760;

#[derive(Default)]
struct Retail {
    gathered: Gathered,
    observed: NaiveDate,
}

/// How it is bought, and the hours that the price is for.
fn purchase(record: &Record<'_>) -> Option<(Purchase, u64)> {
    let names = ["skuName", "meterName"].map(|name| record.word(&[name]));
    match (record.word(&["type"]), record.word(&["reservationTerm"])) {
        ("Consumption", "") if names.iter().any(|name| name.contains("Low Priority")) => None,
        ("Consumption", "") if names.iter().any(|name| name.contains("Spot")) => Some((Purchase::Spot, 1)),
        ("Consumption", "") => Some((Purchase::OnDemand, 1)),
        ("Reservation", "1 Year") => Some((Purchase::Reserved1y, HOURS_OF_A_YEAR)),
        ("Reservation", "3 Years") => Some((Purchase::Reserved3y, 3 * HOURS_OF_A_YEAR)),
        _ => None,
    }
}

impl Reader for Retail {
    fn told(&mut self, told: &Told) -> Answer<()> {
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let word = |name: &'static str| record.word(&[name]);
        let machine = word("serviceName") == "Virtual Machines" && !word("productName").contains("Windows");
        let Some((purchase, hours)) = purchase(record).filter(|_| machine) else { return Ok(Taken::Skipped) };
        let Some(instance) = record.text(&["armSkuName"]) else { return Ok(Taken::Skipped) };
        if word("unitOfMeasure") != "1 Hour" {
            return Err(FieldError::new("unitOfMeasure", word("unitOfMeasure"), "1 Hour, as for virtual machines"));
        }
        let region = record
            .text(&["armRegionName"])
            .ok_or_else(|| FieldError::new("armRegionName", "", "the id of a region, such as westeurope"))?;
        let text = word("retailPrice");
        let whole = amount("retailPrice", text, 0)?;
        if whole == Money::ZERO {
            return Ok(Taken::Skipped);
        }
        let source = format!("Azure retail prices, {region}");
        let of = |resource, item: &str, per| list_price(resource, "azure", item, per, &source, self.observed);
        let (thing, count) = match gpus_of_instance("azure", instance) {
            None => (of(Resource::Instance, instance, Per::Hour), 1),
            Some((gpu, count)) => {
                (Price { class: instance.to_owned(), ..of(Resource::Gpu, &gpu, Per::GpuHour) }, count)
            }
        };
        let date = |name: &'static str| record.text(&[name]).map(|text| day(name, text)).transpose();
        let price = Price {
            purchase,
            region: region.to_owned(),
            amount: each(whole, hours.saturating_mul(count)),
            currency: currency("currencyCode", word("currencyCode"))?,
            valid_from: date("effectiveStartDate")?.unwrap_or(self.observed),
            valid_to: date("effectiveEndDate")?,
            ..thing
        };
        self.gathered.keep(vec![Found { price, column: "retailPrice".to_owned(), text: text.to_owned() }], record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
