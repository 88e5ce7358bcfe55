//! What holds for every scenario file: written and read alike, changed by patches, knobs and edits alike, and run by
//! one month function.

mod files;
mod knobs;
mod looked_up;
mod one_function;
mod side_by_side;
mod stories;

use super::file::{ScenarioFile, parse};
use super::resolve::resolve;
use super::{Resolved, Run};
use crate::prices::PriceBook;

/// A file that states every key.
pub(super) const EVERY_KEY: &str = include_str!("every_key.toml");

/// A million requests a month at a cent, served by GPUs that cost nothing, over two months of 720 and 744 hours.
pub(super) const PLAIN: &str = r#"[scenario]
name = "Plain"
start = "2026-11"
months = 2

[demand]
requests_per_month = 1000000
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 10
usd_per_gpu_hour = 0
"#;

/// The bundled price lists, read once.
pub(super) fn prices() -> &'static PriceBook {
    static PRICES: std::sync::LazyLock<PriceBook> = std::sync::LazyLock::new(|| {
        let lists = ["genai-prices".to_owned(), "marginline".to_owned()];
        PriceBook::new(std::sync::Arc::default(), crate::prices::Layers::new(Vec::new(), &[], &lists))
    });
    &PRICES
}

pub(super) fn resolved(text: &str) -> Resolved {
    let file = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    resolve("mine", &file, None, prices()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(super) fn run(text: &str) -> Run {
    Run::of(resolved(text)).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(super) fn file(text: &str) -> ScenarioFile {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Bits of revenue, cost and lines of every month.
pub(super) fn bits(run: &Run) -> Vec<u64> {
    let of = |month: &marginline_model::scenario::MonthResult| {
        let totals = month.totals;
        let lines: Vec<f64> = month.lines.iter().map(|line| line.usd).collect();
        [vec![totals.revenue_usd, totals.cost_usd, totals.requests, totals.tokens], lines].concat()
    };
    run.projected.iter().flat_map(of).map(f64::to_bits).collect()
}

/// A file made of a seed: one to four components of all kinds, links to the last, some of every kind of line.
pub(super) fn made_of(seed: u64) -> String {
    Maker { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }.text()
}

/// Numbers of a seed (xorshift*), and what is written with them.
struct Maker {
    state: u64,
}

impl Maker {
    fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn figure(&mut self, low: f64, high: f64) -> f64 {
        let share = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let figure = low + share * (high - low);
        // Some with all their digits, some as people write them.
        if self.chance(50) { figure } else { (figure * 100.0).round() / 100.0 }.clamp(low, high)
    }

    /// An assumption, plain or with a range and its source.
    fn assumption(&mut self, low: f64, high: f64) -> String {
        let value = self.figure(low, high);
        match self.next() % 3 {
            0 => format!("{value}"),
            1 => format!(
                "{{ value = {value}, source = \"log, \\\"Q3\\\"\", observed = \"2026-10-01\", evidence = \"measured\" }}"
            ),
            _ => {
                let shape = ["pert", "triangular", "uniform"][(self.next() % 3) as usize];
                let (least, most) = (value - (value - low) / 2.0, value + (high - value) / 2.0);
                if least < most && least <= value && value <= most {
                    format!("{{ value = {value}, low = {least}, high = {most}, shape = \"{shape}\" }}")
                } else {
                    format!("{value}")
                }
            }
        }
    }

    fn key(&mut self, text: &mut String, percent: u64, name: &str, low: f64, high: f64) {
        if self.chance(percent) {
            let assumption = self.assumption(low, high);
            text.push_str(&format!("{name} = {assumption}\n"));
        }
    }

    fn text(&mut self) -> String {
        let months = 1 + self.next() % 8;
        let mut text = format!("[scenario]\nname = \"Made\"\nstart = \"2026-11\"\nmonths = {months}\n\n[demand]\n");
        if self.chance(30) {
            text.push_str("requests_by_month = [900000, 1000000.5, 1.2e6]\n");
        } else {
            self.key(&mut text, 100, "requests_per_month", 1e5, 3e6);
        }
        self.key(&mut text, 40, "level_percent", 50.0, 150.0);
        self.key(&mut text, 60, "growth_percent_per_month", -5.0, 10.0);
        self.key(&mut text, 30, "churn_percent_per_month", 0.0, 5.0);
        self.key(&mut text, 100, "input_tokens_per_request", 100.0, 2_000.0);
        self.key(&mut text, 40, "cache_read_tokens_per_request", 1.0, 2_000.0);
        self.key(&mut text, 30, "cache_write_tokens_per_request", 1.0, 300.0);
        self.key(&mut text, 100, "output_tokens_per_request", 20.0, 400.0);
        self.key(&mut text, 30, "prompt_tokens_per_request", 500.0, 3_000.0);
        self.key(&mut text, 30, "cache_hit_percent", 1.0, 90.0);
        self.key(&mut text, 30, "retry_percent", 0.0, 10.0);
        text.push_str(["", "hour_of_week = \"consumer-chat\"\n"][(self.next() % 2) as usize]);
        text.push_str("\n[revenue]\n");
        self.key(&mut text, 100, "usd_per_request", 0.001, 0.05);
        self.key(&mut text, 30, "price_change_percent_per_month", -3.0, 1.0);
        text.push_str("\n[exchange_rates]\n");
        self.key(&mut text, 100, "EUR", 0.9, 1.3);
        if self.chance(40) {
            text.push_str("\n[availability]\n");
            self.key(&mut text, 100, "hours_down_per_year", 0.0, 100.0);
            self.key(&mut text, 50, "revenue_at_risk_percent", 0.0, 100.0);
            text.push_str("copies = 2\n");
        }
        let own = 1 + self.next() % 3;
        for place in 0..own {
            self.own_gpus(&mut text, place, 80.0 / own as f64);
        }
        self.api(&mut text);
        for place in 0..self.next() % 4 {
            self.line(&mut text, place);
        }
        text
    }

    fn own_gpus(&mut self, text: &mut String, place: u64, share: f64) {
        text.push_str(&format!("\n[[component]]\nname = \"own.{place}\"\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\n"));
        self.key(text, 100, "share_percent", share / 2.0, share);
        self.key(text, 100, "output_tokens_per_s_per_gpu", 5.0, 500.0);
        self.key(text, 40, "input_tokens_per_s_per_gpu", 500.0, 9_000.0);
        self.key(text, 40, "speedup", 0.8, 2.0);
        self.key(text, 100, "usd_per_gpu_hour", 0.5, 6.0);
        self.key(text, 30, "tokenizer_ratio", 0.8, 1.4);
        self.key(text, 30, "verbosity", 0.5, 2.0);
        self.key(text, 30, "batch_percent", 1.0, 60.0);
        self.key(text, 30, "price_level_percent", 50.0, 120.0);
        self.key(text, 30, "price_change_percent_per_month", -3.0, 1.0);
        if self.chance(30) {
            text.push_str("until_live = \"rest\"\n");
            self.key(text, 100, "weeks_to_live", 1.0, 20.0);
        }
        if self.chance(30) {
            text.push_str("fallback_to = \"rest\"\n");
            self.key(text, 100, "failed_percent", 0.1, 20.0);
        }
        text.push_str(["", "batch_hours = \"20-04\"\n"][(self.next() % 2) as usize]);
        text.push_str(["", "currency = \"EUR\"\n"][(self.next() % 2) as usize]);
        text.push_str(["", "gpus_per_unit = 4\n"][(self.next() % 2) as usize]);
        match self.next() % 4 {
            0 => text.push_str("gpus = 3\noverflow_to = \"rest\"\n"),
            1 => text.push_str("autoscaled = true\n"),
            2 => {
                let (longest, share) = (self.assumption(0.01, 0.5), self.assumption(80.0, 99.0));
                text.push_str(&format!(
                    "waiting = {{ slots_per_unit = 4, longest_in_service_times = {longest}, in_time_percent = {share} }}\n"
                ));
            }
            _ => {
                let (price, spot, useful) =
                    (self.assumption(0.5, 3.0), self.assumption(0.0, 90.0), self.assumption(50.0, 99.0));
                text.push_str(&format!("committed = [{{ gpus = 1, usd_per_gpu_hour = {price}, to_month = 5 }}]\n"));
                text.push_str(&format!(
                    "spot = {{ share_percent = {spot}, usd_per_gpu_hour = {price}, useful_percent = {useful} }}\n"
                ));
            }
        }
    }

    fn api(&mut self, text: &mut String) {
        text.push_str("\n[[component]]\nname = \"rest\"\nkind = \"api\"\nprovider = \"anthropic\"\n");
        text.push_str("model = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\n");
        self.key(text, 40, "usd_per_request", 0.0, 0.001);
        self.key(text, 40, "price_level_percent", 60.0, 110.0);
        self.key(text, 40, "price_change_percent_per_month", -4.0, 1.0);
        self.key(text, 40, "tokenizer_ratio", 0.8, 1.4);
    }

    fn line(&mut self, text: &mut String, place: u64) {
        text.push_str(&format!("\n[[cost]]\nlabel = \"Line {place}. of {}\"\n", self.next() % 9));
        text.push_str(["", "currency = \"EUR\"\n"][(self.next() % 2) as usize]);
        self.key(text, 50, "usd_per_month", 0.0, 5_000.0);
        self.key(text, 50, "usd_per_request", 0.0, 0.001);
        self.key(text, 30, "usd_per_mtok", 0.0, 0.2);
        self.key(text, 30, "revenue_percent", 0.0, 5.0);
        self.key(text, 30, "price_change_percent_per_month", -3.0, 3.0);
        let mut pair = |text: &mut String, a: (&str, f64, f64), b: (&str, f64, f64)| {
            if self.chance(30) {
                self.key(text, 100, a.0, a.1, a.2);
                self.key(text, 100, b.0, b.1, b.2);
            }
        };
        pair(text, ("people", 0.5, 4.0), ("usd_per_person_month", 3e3, 9e3));
        pair(text, ("sampled_percent", 0.0, 20.0), ("usd_per_sampled_request", 0.0, 0.01));
        pair(text, ("gb_per_request", 0.0, 0.001), ("usd_per_gb_month", 0.01, 0.2));
        if self.chance(30) {
            let (sent, price) = (self.assumption(0.0, 0.001), self.assumption(0.0, 0.1));
            text.push_str(&format!("network = {{ kind = \"nat\", gb_per_request = {sent}, usd_per_gb = {price} }}\n"));
        }
        if self.chance(30) {
            let (hours, price) = (self.assumption(1.0, 900.0), self.assumption(1.0, 5.0));
            text.push_str(&format!(
                "retraining = {{ every_months = 2, gpu_hours = {hours}, usd_per_gpu_hour = {price} }}\n"
            ));
        }
        if self.chance(30) {
            let (rate, price) = (self.assumption(0.05, 2.0), self.assumption(10.0, 900.0));
            text.push_str(&format!(
                "units = {{ requests_per_s_per_unit = {rate}, usd_per_unit_month = {price}, replicas = 1 }}\n"
            ));
        }
    }
}
