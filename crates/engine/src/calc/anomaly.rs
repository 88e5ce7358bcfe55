//! `anomaly`.

use marginline_model::anomaly::{self, Anomaly, Direction, DriverSeries, Method, Watch, WatchError, Watched};
use marginline_model::forecast::ForecastError;
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, list, maybe};
use super::field::{Field, Notes};
use super::forecast::refused;

/// How values are judged: by themselves, or by what a forecast expected.
#[derive(Clone, Copy)]
enum By {
    Itself(Method),
    Forecast,
}

/// Values that stand out of a series.
pub(super) fn anomaly(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let words = [
        ("double-mad", By::Itself(Method::DoubleMad)),
        ("modified-z", By::Itself(Method::ModifiedZ)),
        ("forecast", By::Forecast),
    ];
    match input.get("method").choice(&words)? {
        By::Itself(method) => by_itself(input, method, notes),
        By::Forecast => by_forecast(input, notes),
    }
}

fn by_itself(input: &Field, method: Method, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["series", "method", "threshold"], notes)?;
    let threshold = input.get("threshold").positive()?;
    let scores = anomaly::scores(&input.get("series").numbers()?, method);
    let indices = scores.iter().enumerate().filter(|(_, score)| score.abs() > threshold).map(|(index, _)| index);
    Ok(Answer::of("anomaly").put_in("from 0", "indices", Value::from_iter(indices)).put_in(
        "standard deviations of a normal series",
        "scores",
        list(scores),
    ))
}

fn by_forecast(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = ["series", "method", "threshold", "season", "direction", "min_impact", "min_percent", "drivers"];
    input.knows(&known, notes)?;
    let directions = [("both", Direction::Both), ("up", Direction::Up), ("down", Direction::Down)];
    let or = |key: &str, otherwise: f64| input.get(key).there().map_or(Ok(otherwise), Field::amount);
    let asked = Watch {
        season: input.get("season").there().map_or(Ok(1.0), Field::whole_number)? as usize,
        threshold: input.get("threshold").there().map_or(Ok(3.5), Field::positive)?,
        direction: input.get("direction").there().map_or(Ok(Direction::Both), |field| field.choice(&directions))?,
        least_impact: or("min_impact", 0.0)?,
        least_percent: or("min_percent", 0.0)?,
    };
    let series = input.get("series").known_numbers()?;
    let given = input.get("drivers");
    let mut drivers = Vec::new();
    for (name, driver) in given.there().map_or(Ok(Vec::new()), Field::fields)? {
        drivers.push((name, driver.known_numbers()?));
    }
    let told: Vec<DriverSeries> = drivers.iter().map(|(name, series)| DriverSeries { name, series }).collect();
    let found = anomaly::watch(&series, asked, &told).map_err(|error| match error {
        WatchError::Forecast(ForecastError::Season(_)) => input.get("season").refuse("a season of 1 to 10000 steps"),
        WatchError::Forecast(error) => refused(input, error),
        WatchError::Threshold(name) => {
            let key = if name == "threshold" { name.to_owned() } else { format!("min_{name}") };
            input.get(&key).refuse("a number of 0 or more, up to 10^15")
        }
        WatchError::DriverLength { at, found, expected } => {
            given.get(drivers[at].0).refuse_as(format!("{found} values"), format!("{expected}, as the series has"))
        }
    })?;
    Ok(answer(&found))
}

fn answer(found: &Watched) -> Answer {
    let indices = found.anomalies.iter().map(|anomaly| anomaly.index);
    Answer::of("anomaly")
        .put_in("from 0", "indices", Value::from_iter(indices))
        .put_in("modified z of actual − expected", "scores", found.scores.iter().map(|score| maybe(*score)).collect())
        .put_in("unit of the series", "expected", found.expected.iter().map(|value| maybe(*value)).collect())
        .put_in("unit of the series", "anomalies", found.anomalies.iter().map(shown).collect())
        .put("forecast_method", found.method.word().into())
        .put("why", found.why.word().into())
}

fn shown(anomaly: &Anomaly) -> Value {
    let driver = anomaly.driver.as_ref().map(|driver| {
        json!({
            "name": driver.name,
            "actual": figure(driver.actual),
            "expected": figure(driver.expected),
            "score": figure(driver.score),
        })
    });
    json!({
        "index": anomaly.index,
        "actual": figure(anomaly.actual),
        "expected": figure(anomaly.expected),
        "impact": figure(anomaly.impact),
        "percent": maybe(anomaly.percent),
        "score": figure(anomaly.score),
        "driver": driver,
    })
}
