//! gpuhunt's catalogue of a cloud, `<cloud>.csv`: offers by location, US dollars an hour for the whole instance.
//!
//! Source: dstackai/gpuhunt, its catalogue items. An offer with GPUs becomes a price of one GPU for an hour, its
//! instance the class.

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;

use super::field::FieldError;
use super::format::{Format, Reader, Shape, Table, Taken, Told};
use super::price_rows::{Found, Gathered, amount, each, list_price, whole};
use super::record::Record;
use crate::error::Result as Answer;
use crate::prices::catalogue::{gpu_of, gpu_with_memory};

/// gpuhunt's catalogue.
pub static GPUHUNT_CATALOG: Format = Format {
    id: "gpuhunt-catalog",
    label: "gpuhunt catalogue",
    role: Role::Reference,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[&["instance_name"], &["location"], &["price"], &["gpu_count"], &["gpu_name"], &["spot"]],
        telling: &["instance_name", "location", "price", "gpu_count", "gpu_name", "gpu_memory", "spot"],
        open: |_| Box::new(Catalogue::default()),
    })],
};

#[derive(Default)]
struct Catalogue {
    gathered: Gathered,
    provider: String,
    observed: NaiveDate,
}

impl Reader for Catalogue {
    fn told(&mut self, told: &Told) -> Answer<()> {
        let name =
            if told.provider.is_empty() { told.file.rsplit(' ').next().unwrap_or_default() } else { &told.provider };
        self.provider = super::provider_id(name);
        self.observed = told.observed;
        Ok(())
    }

    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let instance = record.word(&["instance_name"]);
        if instance.is_empty() {
            return Err(FieldError::new("instance_name", "", "the name of an instance"));
        }
        let provider = record.text(&["provider"]).map_or_else(|| self.provider.clone(), super::provider_id);
        let source = format!("gpuhunt catalogue, {provider}");
        let of = |resource, item: &str, per| list_price(resource, &provider, item, per, &source, self.observed);
        let text = record.word(&["price"]);
        let hour = amount("price", text, 0)?;
        let spot = record.word(&["spot"]);
        let purchase = match spot.to_lowercase().as_str() {
            "true" => Purchase::Spot,
            "false" | "" => Purchase::OnDemand,
            _ => return Err(FieldError::new("spot", spot, "true or false")),
        };
        let (thing, count) = match record.text(&["gpu_name"]) {
            None => (of(Resource::Instance, instance, Per::Hour), 1),
            Some(name) => {
                let text = record.word(&["gpu_count"]);
                let count =
                    whole(text).ok_or_else(|| FieldError::new("gpu_count", text, "how many whole GPUs it has"))?;
                let (gpu, chips) = gpu_of(&gpu_with_memory(name, record.word(&["gpu_memory"])));
                let price = of(Resource::Gpu, &gpu, Per::GpuHour);
                (Price { class: instance.to_owned(), ..price }, count.saturating_mul(chips))
            }
        };
        if hour == Money::ZERO {
            return Ok(Taken::Skipped);
        }
        let region = record.word(&["location"]).to_owned();
        let price = Price { purchase, region, amount: each(hour, count), ..thing };
        self.gathered.keep(vec![Found { price, column: "price".to_owned(), text: text.to_owned() }], record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
