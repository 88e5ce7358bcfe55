//! The sample company's reports straight from the engine, which remembers between two questions what the
//! command line has to read anew each time. They are the same documents as on the command line.

use std::future::Future;
use std::sync::OnceLock;

use marginline_engine::Engine;
use marginline_engine::convert::Conversion;
use marginline_engine::report::costs::CostsRequest;
use marginline_engine::report::margin::MarginRequest;
use marginline_engine::report::units::units_by;
use marginline_engine::view::{Filter, MarginBy, MonthBasis};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::cli::sample;

/// Months of a report: all of the sample company's, or one, or from one to another.
pub type Months<'a> = Option<(&'a str, &'a str)>;

/// All months.
pub const ALL: Months<'static> = None;

struct Books {
    runtime: Runtime,
    engine: Engine,
}

fn books() -> &'static Books {
    static BOOKS: OnceLock<Books> = OnceLock::new();
    BOOKS.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("threads: {error}"));
        let engine = runtime.block_on(Engine::open(&sample().workspace()));
        Books { runtime, engine: engine.unwrap_or_else(|error| panic!("the sample company: {error}")) }
    })
}

fn wait<T>(answer: impl Future<Output = marginline_engine::Result<T>>) -> T {
    books().runtime.block_on(answer).unwrap_or_else(|error| panic!("{error}"))
}

fn month<M: std::str::FromStr>(text: Option<&str>) -> Option<M> {
    text.map(|text| text.parse().unwrap_or_else(|_| panic!("{text:?} is no month")))
}

/// `report costs`, grouped by keys as on the command line, of the rows with this key and value.
#[must_use]
pub fn costs(by: &str, only: Option<(&str, &str)>, basis: MonthBasis, months: Months<'_>) -> Value {
    let request = CostsRequest {
        from: month(months.map(|months| months.0)),
        to: month(months.map(|months| months.1)),
        basis,
        by: by.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        filters: only.iter().map(|(key, value)| Filter { key: (*key).into(), value: (*value).into() }).collect(),
        conversion: Conversion::default(),
    };
    wait(async { books().engine.costs(&request).await?.json() })
}

/// `report margin`.
#[must_use]
pub fn margin(by: MarginBy, months: Months<'_>) -> Value {
    let (from, to) = (month(months.map(|months| months.0)), month(months.map(|months| months.1)));
    let request = MarginRequest { from, to, by, ..MarginRequest::default() };
    wait(async { books().engine.margin(&request).await?.json() })
}

/// `report units`, by month, product, customer or model.
#[must_use]
pub fn units(by: &str, months: Months<'_>) -> Value {
    let (from, to) = (month(months.map(|months| months.0)), month(months.map(|months| months.1)));
    wait(async { Ok(books().engine.units(from, to, units_by(by)?, Conversion::default()).await?.json()) })
}
