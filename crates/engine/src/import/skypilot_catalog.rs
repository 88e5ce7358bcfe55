//! SkyPilot's catalogue of a cloud, `<cloud>-vms.csv`: instances by region, US dollars an hour for the whole instance.
//!
//! Source: SkyPilot's catalogue files. An instance with GPUs becomes a price of one GPU for an hour, its type the
//! class. Spot prices are those of the zone where the file names zones. Empty, 0 and 700 mean that it is not sold so.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::FieldError;
use super::format::{Format, Reader, Shape, Table, Taken, Told};
use super::price_rows::{Found, Gathered, amount, each, list_price, whole};
use super::record::Record;
use crate::error::{EngineError, Result as Answer};
use crate::prices::catalogue::{WITHOUT_HOST, gpu_of};

const INSTANCE: &[&str] = &["InstanceType"];
const GPU: &[&str] = &["AcceleratorName"];
const PRICE: &[&str] = &["Price"];
const SPOT: &[&str] = &["SpotPrice"];
const REGION: &[&str] = &["Region"];

/// SkyPilot's catalogue.
pub static SKYPILOT_CATALOG: Format = Format {
    id: "skypilot-catalog",
    label: "SkyPilot catalogue",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[INSTANCE, GPU, &["AcceleratorCount"], PRICE, REGION],
        telling: &["InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region", "GpuInfo", "SpotPrice"],
        open: |_| Box::new(Catalogue::default()),
    })],
};

/// What the catalogue of Google Cloud writes where a TPU is not sold.
const STAND_IN: i64 = 700;

#[derive(Default)]
struct Catalogue {
    gathered: Gathered,
    provider: String,
    source: String,
    observed: NaiveDate,
}

/// The cloud of `aws-vms`; a file that was mended has the word before it.
fn cloud(file: &str) -> Option<&str> {
    file.rsplit(' ').next()?.strip_suffix("-vms").filter(|name| !name.is_empty())
}

impl Catalogue {
    /// What a record sells: a GPU and how many of them, or an instance without any.
    fn thing(&self, record: &Record<'_>) -> Result<(Price, u64), FieldError> {
        let of =
            |resource, item: &str, per| list_price(resource, &self.provider, item, per, &self.source, self.observed);
        let instance = record.word(INSTANCE);
        let Some(name) = record.text(GPU) else {
            if instance.is_empty() {
                return Err(FieldError::new("InstanceType", "", "the type of an instance, or an accelerator"));
            }
            return Ok((of(Resource::Instance, instance, Per::Hour), 1));
        };
        let text = record.word(&["AcceleratorCount"]);
        let count = whole(text)
            .ok_or_else(|| FieldError::new("AcceleratorCount", text, "how many whole accelerators it has"))?;
        let (gpu, chips) = gpu_of(name);
        let class = if instance.is_empty() { WITHOUT_HOST } else { instance };
        let price = Price { class: class.to_owned(), ..of(Resource::Gpu, &gpu, Per::GpuHour) };
        Ok((price, count.saturating_mul(chips)))
    }
}

impl Reader for Catalogue {
    fn told(&mut self, told: &Told) -> Answer<()> {
        let name = if told.provider.is_empty() { cloud(&told.file).unwrap_or_default() } else { &told.provider };
        if name.is_empty() {
            return Err(EngineError::failed("does not say whose catalogue it is")
                .then("tell it with --provider, such as aws, or keep SkyPilot's own name, such as aws-vms.csv"));
        }
        self.provider = super::provider_id(name);
        self.source = format!("SkyPilot catalogue, {}", self.provider);
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (thing, count) = self.thing(record)?;
        let region = record.word(REGION);
        let zone = record.text(&["AvailabilityZone"]).unwrap_or(region);
        let mut found = Vec::with_capacity(2);
        for (names, purchase, region) in [(PRICE, Purchase::OnDemand, region), (SPOT, Purchase::Spot, zone)] {
            let Some(text) = record.text(names) else { continue };
            let hour = amount(names[0], text, 0)?;
            if hour == Money::ZERO || (thing.class == WITHOUT_HOST && hour == Money::from_units(STAND_IN)) {
                continue;
            }
            let price = Price { purchase, region: region.to_owned(), amount: each(hour, count), ..thing.clone() };
            found.push(Found { price, column: names[0].to_owned(), text: text.to_owned() });
        }
        self.gathered.keep(found, record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
