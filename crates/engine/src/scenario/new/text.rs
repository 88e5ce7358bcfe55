//! The file as text: tables in the order of docs/scenarios.md, each number with source, day and evidence.

use std::collections::BTreeMap;
use std::fmt::Write;

use marginline_model::scenario::{Evidence, TokensPerRequest};
use toml_edit::Value;

use super::patch::taken;
use super::{NewRequest, Reproduced};
use crate::scenario::explain::{COST, MARGIN, REVENUE};
use crate::scenario::file::Assumption;
use crate::scenario::observed::{Fleet, Observed, PaidBy, Served, paid};

/// What comes to less in a month changes no report.
const CENT: f64 = 0.005;

/// The comment at the top: what it reproduces, how closely, and what is left out.
pub(super) fn head(observed: &Observed, reproduced: &Reproduced) -> String {
    let of = observed.product.as_ref().map_or(String::new(), |product| format!(" of {product}"));
    let mut text = format!("# Written from the actuals{of} in {}.\n", observed.period.label());
    if observed.months() > 1.0 {
        text.push_str("# Every figure is the mean of a month.\n");
    }
    for line in reproduced.words() {
        let _ = writeln!(text, "# {line}");
    }
    for what in &observed.left_out {
        let _ = writeln!(text, "# Left out: {what}.");
    }
    text.push('\n');
    text
}

/// The file without its head.
pub(super) fn write(observed: &Observed, request: &NewRequest, has_hours: bool) -> String {
    let mut out = Text { text: String::new(), observed_on: observed.last_day().to_string() };
    let label = observed.period.label();
    let of = observed.product.as_ref().map_or(String::new(), |product| format!("{product}, "));
    out.table("scenario");
    out.word("name", request.name.as_ref().unwrap_or(&format!("{of}as in {label}")));
    out.word("start", &request.start.unwrap_or(observed.period.to).to_string());
    out.plain("months", &request.months.to_string());
    out.table("base");
    out.word("month", &observed.period.to.to_string());
    if let Some(product) = &observed.product {
        out.word("product", product);
    }
    models(&mut out, observed);
    let sources = &observed.sources;
    let tokens = observed.tokens();
    out.table("demand");
    out.number("requests_per_month", observed.requests(), &sources.usage, Evidence::Measured);
    out.number("growth_percent_per_month", 0.0, "no growth yet: state your own", Evidence::Assumed);
    for (key, value) in [
        ("input_tokens_per_request", tokens.input),
        ("cache_read_tokens_per_request", tokens.cache_read),
        ("cache_write_tokens_per_request", tokens.cache_write),
        ("output_tokens_per_request", tokens.output),
    ] {
        out.number(key, value, &sources.usage, Evidence::Measured);
    }
    if has_hours {
        out.word("hour_of_week", "actuals");
    }
    out.table("revenue");
    out.number("usd_per_request", observed.revenue_usd / observed.requests(), &sources.revenue, Evidence::Billed);
    components(&mut out, observed, tokens);
    for line in &observed.kept {
        out.list("cost");
        out.word("label", &kept_name(observed, &line.label));
        out.number("usd_per_request", line.usd / observed.requests(), &sources.cost, line.evidence);
    }
    out.text
}

/// Who served, with what share of the requests that the file has: what it leaves out it does not miss, and a month of the
/// period may have had others.
fn models(out: &mut Text, observed: &Observed) {
    let requests = observed.requests();
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    let fleets = observed.fleets.iter().map(|fleet| (fleet.models.join(", "), fleet.requests));
    for (model, mine) in fleets.chain(observed.served.iter().map(|each| (each.model.clone(), each.requests))) {
        *shares.entry(model).or_default() += mine;
    }
    let each = |(model, mine): (&String, &f64)| {
        format!("{{ model = {}, share_percent = {} }}", quoted(model), digits(mine / requests * 100.0))
    };
    let all: Vec<String> = shares.iter().map(each).collect();
    out.plain("models", &format!("[{}]", all.join(", ")));
    if !observed.unpriced.is_empty() {
        let names: Vec<String> = observed.unpriced.iter().map(|model| quoted(model)).collect();
        out.plain("unpriced", &format!("[{}]", names.join(", ")));
    }
}

fn components(out: &mut Text, observed: &Observed, tokens: TokensPerRequest) {
    let requests = observed.requests();
    // Whoever serves most takes the rest, so that shares add up to the last digit.
    let mut most = 0.0;
    for each in
        observed.fleets.iter().map(|fleet| fleet.requests).chain(observed.served.iter().map(|each| each.requests))
    {
        most = f64::max(most, each);
    }
    let mut is_open = true;
    let share = |out: &mut Text, own: f64, is_open: &mut bool| {
        if *is_open && own >= most {
            *is_open = false;
            let _ = writeln!(out.text, "# takes the rest: {:.2}% of the requests", own / requests * 100.0);
        } else {
            out.number("share_percent", own / requests * 100.0, &observed.sources.usage, Evidence::Measured);
        }
    };
    for fleet in &observed.fleets {
        out.list("component");
        out.word("name", &fleet_name(observed, fleet));
        out.word("kind", "own-gpus");
        share(out, fleet.requests, &mut is_open);
        ratios(out, fleet.tokens, tokens, &observed.sources.usage);
        own(out, observed, fleet);
    }
    let names = times_served(observed);
    for each in &observed.served {
        out.list("component");
        out.word("name", &served_name(&names, each));
        out.word("kind", "api");
        share(out, each.requests, &mut is_open);
        ratios(out, each.tokens, tokens, &observed.sources.usage);
        out.word("provider", &each.provider);
        out.word("model", &each.model);
        if !each.tier.is_empty() {
            out.word("service_tier", &each.tier);
        }
        price(out, observed, each);
    }
}

/// List prices with what was paid over them, or the cost of a request where no list knows the model.
fn price(out: &mut Text, observed: &Observed, each: &Served) {
    let day = out.observed_on.clone();
    // What has no price at all is not among the served.
    let Some(found) = paid(observed, each) else { return out.word("priced_at", &day) };
    let of = match found.by {
        PaidBy::Provider => format!("bill of {}, which names no model", each.provider),
        PaidBy::Model | PaidBy::List => format!("cost of {}", each.model),
    };
    if found.is_unlisted() {
        out.plain("unlisted", "true");
        let source = format!("{of} / requests; {}", observed.sources.cost);
        return out.number("usd_per_request", found.usd_per_request, &source, found.evidence);
    }
    out.word("priced_at", &day);
    let list = each.requests * found.list.usd_per_request(each.tokens);
    if (list * found.level - list).abs() >= CENT {
        let source = format!("{of} / list prices of {day}; {}", observed.sources.cost);
        out.number("price_level_percent", found.level * 100.0, &source, found.evidence);
    }
}

fn own(out: &mut Text, observed: &Observed, fleet: &Fleet) {
    out.word("gpu", &fleet.gpu);
    out.word("model", &fleet.models.join(", "));
    // What a GPU did in its best hour it can do; what it would do at full load nobody saw, and is the range above.
    let evidence = if fleet.utilisation.is_some() { Evidence::Measured } else { Evidence::Modelled };
    let written = Assumption {
        source: Some(fleet.rate_source(&observed.sources.gpu_hours)),
        observed: Some(out.observed_on.clone()),
        evidence,
        low: fleet.rate_range.map(|(low, _)| low),
        high: fleet.rate_range.map(|(_, high)| high),
        ..Assumption::from(fleet.output_tokens_per_s_per_gpu)
    };
    out.text.push_str(&taken("output_tokens_per_s_per_gpu", &written));
    let months = observed.months();
    let price = format!(
        "{:.2} USD / ({} GPUs x {:.0} h); {}",
        fleet.cost_usd * months,
        fleet.gpus(),
        fleet.hours,
        observed.sources.cost
    );
    out.number("usd_per_gpu_hour", fleet.usd_per_gpu_hour(months), &price, Evidence::Billed);
    let _ = writeln!(out.text, "# {:.2} GPUs on average; without this line they are counted by load", fleet.mean_gpus);
    out.plain("gpus", &fleet.gpus().to_string());
}

/// The name of a fleet's component.
pub(super) fn fleet_name(observed: &Observed, fleet: &Fleet) -> String {
    if observed.fleets.len() > 1 { format!("own {}", fleet.gpu) } else { "own GPUs".to_owned() }
}

/// How many of the served are of each model.
pub(super) fn times_served(observed: &Observed) -> BTreeMap<String, u32> {
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    for each in &observed.served {
        *names.entry(each.model.clone()).or_default() += 1;
    }
    names
}

/// The name of a line that goes on: as the ledger calls it, and with another word where a component or a sum of every
/// scenario has that name.
pub(super) fn kept_name(observed: &Observed, label: &str) -> String {
    let names = times_served(observed);
    let fleets = observed.fleets.iter().map(|fleet| fleet_name(observed, fleet));
    let served = observed.served.iter().map(|each| served_name(&names, each));
    let taken: Vec<String> = fleets.chain(served).chain([REVENUE, COST, MARGIN].map(str::to_owned)).collect();
    let mut name = label.to_owned();
    while taken.iter().any(|other| other.trim() == name.trim()) {
        name.push_str(", other");
    }
    name
}

/// The name of a model's component: the model, and what tells it from another of that name.
pub(super) fn served_name(names: &BTreeMap<String, u32>, each: &Served) -> String {
    if names.get(&each.model).copied().unwrap_or(0) > 1 { each.placement() } else { each.model.clone() }
}

/// How its requests differ from the mean; a class that nobody uses has no ratio.
fn ratios(out: &mut Text, own: TokensPerRequest, all: TokensPerRequest, source: &str) {
    for (key, own, all) in [
        ("input_ratio", own.input, all.input),
        ("cache_read_ratio", own.cache_read, all.cache_read),
        ("cache_write_ratio", own.cache_write, all.cache_write),
        ("verbosity", own.output, all.output),
    ] {
        if all > 0.0 && (own / all - 1.0).abs() > 1e-12 {
            out.number(key, own / all, source, Evidence::Measured);
        }
    }
}

/// Text of a file that grows.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) observed_on: String,
}

impl Text {
    pub(super) fn table(&mut self, name: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{gap}[{name}]");
    }

    pub(super) fn list(&mut self, name: &str) {
        let _ = writeln!(self.text, "\n[[{name}]]");
    }

    pub(super) fn plain(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.text, "{key} = {value}");
    }

    pub(super) fn word(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.text, "{key} = {}", quoted(value));
    }

    pub(super) fn number(&mut self, key: &str, value: f64, source: &str, evidence: Evidence) {
        let written = assumption(value, source, &self.observed_on, evidence);
        let _ = writeln!(self.text, "{key} = {written}");
    }
}

/// A text in quotes, as TOML has it.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A number with ten significant digits, so that a month of billions of tokens comes to the cent.
pub(crate) fn digits(value: f64) -> String {
    let rounded: f64 = format!("{value:.9e}").parse().unwrap_or(value);
    format!("{rounded}")
}

/// An assumption with its source, day and evidence.
pub(crate) fn assumption(value: f64, source: &str, observed: &str, evidence: Evidence) -> String {
    format!(
        "{{ value = {}, source = {}, observed = {}, evidence = {} }}",
        digits(value),
        quoted(source),
        quoted(observed),
        quoted(evidence.word())
    )
}
