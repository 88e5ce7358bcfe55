//! One's own prices: a list, a contract's, and edits by hand. All fields of a price are columns; `discount_percent`
//! makes a row a contract's percent off list prices. Columns in `docs/formats.md`.

use std::str::FromStr;

use chrono::NaiveDate;
use marginline_model::Currency;
use marginline_model::prices::{NoSuchWord, Per, Price, Purchase, Resource, TokenClass, Window};
use marginline_model::scenario::Evidence;
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::{FieldError, count, currency, day};
use super::format::{Format, Reader, Shape, Table, Taken, Told};
use super::price_rows::{Found, Gathered, amount, quantity_nanos};
use super::record::Record;
use crate::error::Result as Answer;

const PROVIDER: &[&str] = &["provider"];
const ITEM: &[&str] = &["item", "model", "gpu", "instance_type"];
const AMOUNT: &[&str] = &["amount", "price"];
const AMOUNT_OR_DISCOUNT: &[&str] = &["amount", "price", "discount_percent"];
const DISCOUNT: &[&str] = &["discount_percent"];
const VALID_FROM: &[&str] = &["valid_from"];
const REASON: &[&str] = &["reason"];
/// Whose the prices of one's own list are when it does not say.
const OWN: &str = "own prices";

/// One's own price list.
pub static PRICES: Format = Format {
    id: "prices",
    label: "Prices",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[PROVIDER, ITEM, AMOUNT_OR_DISCOUNT, VALID_FROM],
        telling: &["provider", "item", "amount", "valid_from"],
        open: |_| Box::new(Own::new(false)),
    })],
};

/// Edits by hand: each later one counts before the earlier ones, and replaces nothing.
pub static PRICE_EDIT: Format = Format {
    id: "price-edit",
    label: "Price edits",
    role: Role::Reference,
    append_only: true,
    shapes: &[Shape::Table(Table {
        required: &[PROVIDER, ITEM, AMOUNT_OR_DISCOUNT, VALID_FROM, REASON],
        telling: &["provider", "item", "amount", "valid_from", "reason"],
        open: |_| Box::new(Own::new(true)),
    })],
};

struct Own {
    gathered: Gathered,
    observed: NaiveDate,
    edit: bool,
}

impl Own {
    fn new(edit: bool) -> Self {
        Self { gathered: Gathered::default(), observed: NaiveDate::default(), edit }
    }
}

/// A word of a closed list, or what stands for none.
fn word<T: FromStr<Err = NoSuchWord>>(
    record: &Record<'_>,
    name: &'static str,
    none: Option<T>,
) -> Result<T, FieldError> {
    match (record.text(&[name]), none) {
        (None, Some(none)) => Ok(none),
        (text, _) => {
            let text = text.unwrap_or_default();
            text.to_lowercase().parse().map_err(|error: NoSuchWord| FieldError::new(name, text, error.to_string()))
        }
    }
}

/// The unit that things are sold in where the file does not say.
fn usual(resource: Resource) -> Option<Per> {
    match resource {
        Resource::Tokens => Some(Per::Mtok),
        Resource::Gpu => Some(Per::GpuHour),
        Resource::Instance | Resource::Session => Some(Per::Hour),
        Resource::Storage => Some(Per::GbMonth),
        Resource::Egress => Some(Per::Gb),
        Resource::Request => Some(Per::Request),
        Resource::Throughput => Some(Per::UnitHour),
        Resource::Discount => Some(Per::Percent),
        Resource::VectorStore => None,
    }
}

/// Only a discount is a percentage, and tokens are sold by the million.
fn fits(resource: Resource, per: Per) -> bool {
    match resource {
        Resource::Tokens => per == Per::Mtok,
        Resource::Discount => per == Per::Percent,
        _ => per != Per::Percent,
    }
}

/// May some of it be free each month? Only where usage of it is counted by month and thing.
fn may_be_free(resource: Resource) -> bool {
    !matches!(resource, Resource::Gpu | Resource::Instance | Resource::Discount)
}

/// How many of `per` are free each month, in nanos.
fn free(record: &Record<'_>, resource: Resource) -> Result<u64, FieldError> {
    let Some(text) = record.text(&["free_per_month"]) else { return Ok(0) };
    let nanos = quantity_nanos("free_per_month", text)?;
    if nanos > 0 && !may_be_free(resource) {
        return Err(FieldError::new("free_per_month", text, format!("nothing: {resource} has no free quantity")));
    }
    Ok(nanos)
}

/// Hours of the week; usage of anything but tokens does not tell when it was.
fn window(record: &Record<'_>, resource: Resource) -> Result<Option<Window>, FieldError> {
    let Some(text) = record.text(&["window"]) else { return Ok(None) };
    if !matches!(resource, Resource::Tokens | Resource::Request) {
        return Err(FieldError::new("window", text, format!("nothing: {resource} has no hours")));
    }
    text.parse().map(Some).map_err(|error: NoSuchWord| FieldError::new("window", text, error.to_string()))
}

/// Percent off list prices, 0 to 100, of no currency.
fn discount(record: &Record<'_>) -> Result<(marginline_model::Money, Currency), FieldError> {
    let text = record.word(DISCOUNT);
    let bad = || FieldError::new("discount_percent", text, "percent off list prices, 0 to 100");
    let percent = amount("discount_percent", text, 0).map_err(|_| bad())?;
    if percent > marginline_model::Money::from_units(100) {
        return Err(bad());
    }
    Ok((percent, currency("currency", record.text(&["currency"]).unwrap_or("XXX"))?))
}

impl Own {
    fn price(&self, record: &Record<'_>) -> Result<Found, FieldError> {
        let is_discount = record.text(DISCOUNT).is_some();
        let none = if is_discount { Resource::Discount } else { Resource::Tokens };
        let resource: Resource = word(record, "resource", Some(none))?;
        if is_discount != (resource == Resource::Discount) {
            let expected = "`discount` where discount_percent is given, and only there";
            return Err(FieldError::new("resource", resource.id(), expected));
        }
        let per = word(record, "per", usual(resource))?;
        if !fits(resource, per) {
            return Err(FieldError::new(
                "per",
                per.id(),
                format!("the unit of {resource}; leave it out for the usual one"),
            ));
        }
        let (amount, currency) = if is_discount {
            discount(record)?
        } else {
            let amount = amount("amount", record.word(AMOUNT), 0)?;
            (amount, currency("currency", record.word(&["currency"]))?)
        };
        let valid_from = day("valid_from", record.word(VALID_FROM))?;
        let valid_to = record.text(&["valid_to"]).map(|text| day("valid_to", text)).transpose()?;
        // A price that ends as it begins holds on no day: from then on its class has none.
        if let Some(end) = valid_to.filter(|end| *end < valid_from) {
            let expected = "the first day after; valid_from itself takes the price off the list";
            return Err(FieldError::new("valid_to", &end.to_string(), expected));
        }
        let above = record.text(&["above_tokens"]).map(|text| count("above_tokens", text)).transpose()?;
        let price = Price {
            resource,
            provider: provider(record)?,
            item: item(record, resource)?,
            class: class(record, resource)?,
            region: record.word(&["region"]).to_owned(),
            purchase: word(record, "purchase", Some(Purchase::OnDemand))?,
            service_tier: tier(record.word(&["service_tier"])),
            above_tokens: above.unwrap_or_default(),
            window: window(record, resource)?,
            per,
            amount,
            free_per_month_nanos: free(record, resource)?,
            currency,
            contract: record.word(&["contract"]).to_owned(),
            valid_from,
            valid_to,
            source: self.source(record)?,
            observed: record.text(&["observed"]).map_or(Ok(self.observed), |text| day("observed", text))?,
            evidence: evidence(record)?,
        };
        let (name, text) =
            if is_discount { ("discount_percent", record.word(DISCOUNT)) } else { ("amount", record.word(AMOUNT)) };
        Ok(Found { price, column: name.to_owned(), text: text.to_owned() })
    }

    /// Who says so; of an edit, why too.
    fn source(&self, record: &Record<'_>) -> Result<String, FieldError> {
        let source = record.text(&["source"]);
        if !self.edit {
            return Ok(source.unwrap_or(OWN).to_owned());
        }
        let reason = record.text(REASON).ok_or_else(|| FieldError::new("reason", "", "why the price is set so"))?;
        Ok(source.map_or_else(|| format!("edit: {reason}"), |source| format!("{source}; {reason}")))
    }
}

fn provider(record: &Record<'_>) -> Result<String, FieldError> {
    record
        .text(PROVIDER)
        .map(super::provider_id)
        .ok_or_else(|| FieldError::new("provider", "", "who sells it, such as anthropic or aws"))
}

/// A discount may be on everything that a provider sells.
fn item(record: &Record<'_>, resource: Resource) -> Result<String, FieldError> {
    match record.text(ITEM) {
        Some(item) => Ok(item.to_owned()),
        None if resource == Resource::Discount => Ok(String::new()),
        None => Err(FieldError::new("item", "", "a model, GPU, instance type or service")),
    }
}

fn class(record: &Record<'_>, resource: Resource) -> Result<String, FieldError> {
    if resource == Resource::Tokens {
        return word::<TokenClass>(record, "class", None).map(|class| class.id().to_owned());
    }
    Ok(record.word(&["class"]).to_owned())
}

/// The standard tier has no name.
fn tier(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "standard" | "default" => String::new(),
        other => other.to_owned(),
    }
}

/// A price whose source is told was read there; one without is somebody's word.
fn evidence(record: &Record<'_>) -> Result<Evidence, FieldError> {
    match record.text(&["evidence"]) {
        Some(text) => Evidence::from_word(&text.to_lowercase()).ok_or_else(|| {
            FieldError::new("evidence", text, "one of `billed` `measured` `published` `modelled` `assumed`")
        }),
        None if record.text(&["source", "contract"]).is_some() => Ok(Evidence::Published),
        None => Ok(Evidence::Assumed),
    }
}

impl Reader for Own {
    fn told(&mut self, told: &Told) -> Answer<()> {
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let found = self.price(record)?;
        self.gathered.keep(vec![found], record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
