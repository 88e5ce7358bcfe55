//! The bundled GPU catalogue: what accelerators are called, how many an instance has, what they can do and what an
//! hour of one costs. The files are in `crates/engine/data/`, each row with its source; a test reads them all.

use std::sync::OnceLock;

use chrono::NaiveDate;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Exact, Money};

/// Class of a GPU that is sold apart from the machine around it.
pub const WITHOUT_HOST: &str = "without host";

const NAMES: &str = include_str!("../../data/gpu_names.csv");
const INSTANCES: &str = include_str!("../../data/gpu_instances.csv");
const HARDWARE: &str = include_str!("../../data/gpus.csv");
const PRICES: &str = include_str!("../../data/gpu_prices.csv");

/// What somebody says that an accelerator can do. Of one figure there are several rows where sources differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuFigure {
    /// The accelerator, as in prices.
    pub gpu: String,
    /// Which figure; the unit is in its name, such as `bf16_dense_tflops`.
    pub figure: String,
    /// The figure.
    pub value: Exact,
    /// Who says so.
    pub source: String,
    /// When it was seen there.
    pub observed: NaiveDate,
}

/// The currency of the bundled prices that name none.
pub(crate) fn us_dollar() -> Currency {
    Currency::parse("USD").unwrap_or_else(|_| unreachable!("three letters"))
}

/// The rows of a bundled file by column.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    let records: Vec<_> = reader.records().filter_map(Result::ok).collect();
    records.into_iter().map(|record| record.iter().map(str::to_owned).collect())
}

fn plain(name: &str) -> String {
    crate::subject::plain_name(name)
}

fn aliases() -> &'static [(String, String)] {
    static ALL: OnceLock<Vec<(String, String)>> = OnceLock::new();
    ALL.get_or_init(|| rows(NAMES).filter_map(|row| Some((plain(row.get(1)?), row.first()?.clone()))).collect())
}

/// The accelerator that a catalogue calls so, and how many chips a name such as `tpu-v6e-8` stands for. A name that
/// nobody knows stays as it is.
#[must_use]
pub fn gpu_of(name: &str) -> (String, u64) {
    let name = name.trim();
    let known = |name: &str| {
        let wanted = plain(name);
        aliases().iter().find(|(alias, _)| *alias == wanted).map(|(_, gpu)| gpu.clone())
    };
    if let Some(gpu) = known(name) {
        return (gpu, 1);
    }
    if let Some((slice, chips)) = name.rsplit_once('-')
        && name.to_lowercase().starts_with("tpu-")
        && let (Some(gpu), Ok(chips)) = (known(slice), chips.parse::<u64>())
    {
        return (gpu, chips.max(1));
    }
    (name.to_owned(), 1)
}

/// Is it the name of an accelerator that the catalogue knows?
#[must_use]
pub fn is_gpu(name: &str) -> bool {
    let (wanted, _) = gpu_of(name);
    aliases().iter().any(|(_, gpu)| *gpu == wanted)
}

/// The name with the memory of those that come with several: `A100` and `80` are `A100-80GB`.
#[must_use]
pub fn gpu_with_memory(name: &str, gigabytes: &str) -> String {
    let whole = gigabytes.trim().trim_end_matches(".0");
    if plain(name) == "a100" && !whole.is_empty() { format!("{name}-{whole}GB") } else { name.to_owned() }
}

/// The accelerator and how many of them an instance type has; nothing when that is not known.
#[must_use]
pub fn gpus_of_instance(provider: &str, instance: &str) -> Option<(String, u64)> {
    static ALL: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    let all = ALL.get_or_init(|| rows(INSTANCES).collect());
    let row = all.iter().find(|row| row[0] == provider && row[1].eq_ignore_ascii_case(instance))?;
    Some((row[2].clone(), row[3].parse().ok()?))
}

/// The accelerator that a description names, the longest name first.
#[must_use]
pub fn gpu_in_text(text: &str) -> Option<String> {
    let text = plain(text);
    let mut found: Vec<_> = aliases().iter().filter(|(alias, _)| alias.len() > 2 && text.contains(alias)).collect();
    found.extend(aliases().iter().filter(|(alias, _)| alias.len() == 2 && text.contains(&format!("nvidia{alias}gpu"))));
    found.into_iter().max_by_key(|(alias, _)| alias.len()).map(|(_, gpu)| gpu.clone())
}

/// What accelerators can do, in the order of the file.
#[must_use]
pub fn gpu_figures() -> &'static [GpuFigure] {
    static ALL: OnceLock<Vec<GpuFigure>> = OnceLock::new();
    ALL.get_or_init(|| rows(HARDWARE).filter_map(|row| figure(&row)).collect())
}

fn figure(row: &[String]) -> Option<GpuFigure> {
    let [gpu, figure, value, source, observed] = row else { return None };
    Some(GpuFigure {
        gpu: gpu.clone(),
        figure: figure.clone(),
        value: Exact::parse(value).ok()?,
        source: source.clone(),
        observed: observed.parse().ok()?,
    })
}

/// Bundled prices of an hour of an accelerator, in the order of the file. Each holds from the day on which it was seen.
#[must_use]
pub fn gpu_prices() -> &'static [Price] {
    static ALL: OnceLock<Vec<Price>> = OnceLock::new();
    ALL.get_or_init(|| rows(PRICES).filter_map(|row| price(&row)).collect())
}

fn price(row: &[String]) -> Option<Price> {
    let [provider, gpu, class, region, purchase, amount, currency, source, observed] = row else { return None };
    let observed: NaiveDate = observed.parse().ok()?;
    let purchase: Purchase = purchase.parse().ok()?;
    Some(Price {
        resource: Resource::Gpu,
        provider: provider.clone(),
        item: gpu.clone(),
        class: class.clone(),
        region: region.clone(),
        purchase,
        service_tier: String::new(),
        above_tokens: 0,
        window: None,
        per: Per::GpuHour,
        amount: Money::parse(amount).ok()?,
        free_per_month_nanos: 0,
        currency: Currency::parse(currency).ok()?,
        contract: String::new(),
        valid_from: observed,
        valid_to: None,
        source: source.clone(),
        observed,
        evidence: Evidence::Published,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn count(text: &str) -> usize {
        text.lines().count() - 1
    }

    #[test]
    fn every_bundled_row_is_read_and_names_its_source() {
        assert_eq!(gpu_prices().len(), count(PRICES), "a row of gpu_prices.csv cannot be read");
        assert_eq!(gpu_figures().len(), count(HARDWARE), "a row of gpus.csv cannot be read");
        assert!(gpu_prices().iter().all(|price| !price.source.is_empty() && price.amount > Money::ZERO));
        assert!(gpu_figures().iter().all(|figure| !figure.source.is_empty()));
        assert!(rows(INSTANCES).all(|row| row.len() == 5 && row[3].parse::<u64>().is_ok() && !row[4].is_empty()));
    }

    #[test]
    fn no_price_and_no_figure_of_one_source_stands_twice() {
        let mut seen = HashSet::new();
        for price in gpu_prices() {
            let key = (&price.provider, &price.item, &price.class, &price.region, price.purchase, price.observed);
            assert!(seen.insert((key, &price.source)), "twice: {price:?}");
        }
        let mut seen = HashSet::new();
        for row in gpu_figures() {
            assert!(seen.insert((&row.gpu, &row.figure, &row.source)), "twice: {row:?}");
        }
        let mut seen = HashSet::new();
        assert!(aliases().iter().all(|(alias, _)| seen.insert(alias)), "an alias stands twice");
    }

    #[test]
    fn prices_and_instances_name_accelerators_of_the_hardware_table() {
        let known: HashSet<&str> = gpu_figures().iter().map(|figure| figure.gpu.as_str()).collect();
        for price in gpu_prices() {
            assert!(known.contains(price.item.as_str()), "{} is not in gpus.csv", price.item);
        }
        for row in rows(INSTANCES) {
            assert!(known.contains(row[2].as_str()), "{} is not in gpus.csv", row[2]);
        }
    }

    #[test]
    fn names_of_catalogues_become_names_of_the_table() {
        for (name, gpu, chips) in [
            ("A100", "A100-40GB", 1),
            ("a100-80gb", "A100-80GB", 1),
            ("H100-80G-SXM5", "H100", 1),
            ("tpu-v6e-8", "TPU-v6e", 8),
            ("tpu-v5litepod-4", "TPU-v5e", 4),
            ("RTX_5090", "RTX_5090", 1),
        ] {
            assert_eq!(gpu_of(name), (gpu.to_owned(), chips), "{name}");
        }
        assert_eq!(gpu_of(&gpu_with_memory("A100", "80.0")).0, "A100-80GB");
        assert_eq!(gpu_in_text("Nvidia Tesla A100 80GB GPU running in Americas").as_deref(), Some("A100-80GB"));
        assert_eq!(gpu_in_text("Nvidia L4 GPU running in Frankfurt").as_deref(), Some("L4"));
        assert_eq!(gpu_in_text("Nvidia Tesla T4 GPU running in Frankfurt"), None);
        assert_eq!(gpus_of_instance("aws", "p5.48xlarge"), Some(("H100".to_owned(), 8)));
        assert_eq!(gpus_of_instance("aws", "m7g.large"), None);
    }
}
