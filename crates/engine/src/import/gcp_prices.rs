//! Google Cloud's price list: SKUs as the Cloud Billing Catalog API lists them.
//!
//! Source: Cloud Billing Catalog API, services.skus.list. Taken are GPUs and TPUs by the hour, which Google sells apart
//! from the machine around them, and whose names stand in the description alone. Tiers by volume are not how they are
//! sold: the first rate above 0 counts.

use chrono::NaiveDate;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_model::{Exact, Money};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::{FieldError, currency, day, number};
use super::format::{Format, Json, Reader, Shape, Taken, Told};
use super::node::Node;
use super::price_rows::{Found, Gathered, list_price};
use super::record::Record;
use crate::error::Result as Answer;
use crate::prices::catalogue::{WITHOUT_HOST, gpu_in_text};

/// Google Cloud's price list.
pub static GCP_PRICES: Format = Format {
    id: "gcp-prices",
    label: "Google Cloud price list",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Json(Json {
        likeness: |document| {
            let skus = document.get("skus").map_or(document.items(), Node::items);
            let told = |sku: &Node| sku.get("skuId").is_some() && sku.get("pricingInfo").is_some();
            if skus.first().is_some_and(told) { 6 } else { 0 }
        },
        records: |mut document| match document.remove("skus") {
            Some(skus) => skus.into_items(),
            None => document.into_items(),
        },
        open: || Box::new(Skus::default()),
    })],
};

#[derive(Default)]
struct Skus {
    gathered: Gathered,
    observed: NaiveDate,
}

/// Units and billionths of them, as Google writes money.
fn money(price: &Node) -> Result<Money, FieldError> {
    let text = |name: &str| price.get(name).and_then(Node::text).unwrap_or("0");
    let (units, nanos) = (number("units", text("units"))?, number("nanos", text("nanos"))?);
    let bad = || FieldError::new("unitPrice", &price.to_string(), "an amount of 0 or more in units and nanos");
    let sum = units.plus(nanos.shifted(-9)).ok().filter(|sum: &Exact| !sum.is_negative());
    sum.and_then(|sum| sum.to_money().ok()).ok_or_else(bad)
}

impl Skus {
    fn prices(&self, sku: &Node) -> Result<Vec<Found>, FieldError> {
        let text = |path: &str| sku.at(path).and_then(Node::text).unwrap_or_default();
        let purchase = match text("category.usageType") {
            "OnDemand" => Purchase::OnDemand,
            "Preemptible" => Purchase::Spot,
            "Commit1Yr" => Purchase::Reserved1y,
            "Commit3Yr" => Purchase::Reserved3y,
            _ => return Ok(Vec::new()),
        };
        let description = text("description");
        let machine = matches!(text("category.resourceGroup"), "GPU" | "TPU");
        let Some(gpu) = gpu_in_text(description).filter(|_| machine) else { return Ok(Vec::new()) };
        let Some(info) = sku.get("pricingInfo").and_then(|infos| infos.items().last()) else { return Ok(Vec::new()) };
        let unit = info.at("pricingExpression.usageUnit").and_then(Node::text).unwrap_or_default();
        if unit != "h" {
            return Err(FieldError::new("usageUnit", unit, "h, as for GPUs"));
        }
        let rates = info.at("pricingExpression.tieredRates").map_or(&[][..], Node::items);
        let mut rate = None;
        for tier in rates {
            let Some(price) = tier.get("unitPrice") else { continue };
            let amount = money(price)?;
            if amount != Money::ZERO {
                rate = Some((amount, price));
                break;
            }
        }
        let Some((amount, price)) = rate else { return Ok(Vec::new()) };
        let code = price.get("currencyCode").and_then(Node::text).unwrap_or_default();
        let currency = currency("currencyCode", code)?;
        let effective = info.get("effectiveTime").and_then(Node::text);
        let valid_from = effective.map_or(Ok(self.observed), |text| day("effectiveTime", text))?;
        let source = "Google Cloud price list";
        let base = list_price(Resource::Gpu, "gcp", &gpu, Per::GpuHour, source, self.observed);
        let class = if gpu.starts_with("TPU") { "" } else { WITHOUT_HOST };
        let regions = sku.get("serviceRegions").map_or(&[][..], Node::items).iter().filter_map(Node::text);
        Ok(regions
            .map(|region| Found {
                price: Price {
                    purchase,
                    amount,
                    currency,
                    valid_from,
                    class: class.to_owned(),
                    region: region.to_owned(),
                    ..base.clone()
                },
                column: "unitPrice".to_owned(),
                text: price.to_string(),
            })
            .collect())
    }
}

impl Reader for Skus {
    fn told(&mut self, told: &Told) -> Answer<()> {
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let sku = record.value().ok_or_else(|| FieldError::new("(record)", "", "a SKU"))?;
        self.gathered.keep(self.prices(sku)?, record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
