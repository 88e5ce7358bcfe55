//! `forecast-score`: how far a method misses, over files of series.

use std::collections::HashMap;
use std::path::Path;

use marginline_model::forecast::{mase, mean, seasonal_naive, smape};

use super::Refusal;
use super::answer::{Answer, figure, maybe};
use super::field::{Field, Notes};

/// Scores a method on series whose last part was held back.
pub(super) fn forecast_score(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["train", "test", "method", "season", "horizon"], notes)?;
    let is_seasonal = input.get("method").choice(&[("naive", false), ("seasonal-naive", true)])?;
    let size = |key: &str| Ok(input.get(key).whole_number()? as usize);
    let (season, horizon) = (size("season")?, size("horizon")?);
    let (train_at, test_at) = (input.get("train"), input.get("test"));
    let train = series(&train_at)?;
    let test: HashMap<String, Vec<f64>> = series(&test_at)?.into_iter().collect();
    let (mut smapes, mut mases) = (Vec::new(), Vec::new());
    for (id, known) in &train {
        let actual = test.get(id).and_then(|values| values.get(..horizon));
        let actual = actual.ok_or_else(|| {
            let found = test.get(id).map_or(0, Vec::len);
            test_at.refuse_as(format!("{found} values of series {id:?}"), format!("at least {horizon}"))
        })?;
        let forecast = seasonal_naive(known, if is_seasonal { season } else { 1 }, horizon);
        let forecast = forecast.ok_or_else(|| {
            train_at.refuse_as(format!("{} values of series {id:?}", known.len()), format!("at least {season}"))
        })?;
        smapes.push(smape(actual, &forecast));
        match mase(known, actual, &forecast, season) {
            Some(scaled) => mases.push(scaled),
            None => notes.tell(format!("series {id:?} has no scale for mase, and is left out of it")),
        }
    }
    if train.is_empty() {
        return Err(train_at.refuse_as("a file without series", "one series a line: an id, then its values"));
    }
    let scaled = (!mases.is_empty()).then(|| mean(mases.iter().copied()));
    Ok(Answer::of("forecast-score")
        .put_in("percent; mean over points, then over series", "smape", figure(mean(smapes.iter().copied())))
        .put_in("mean over points, then over series", "mase", maybe(scaled))
        .put_in("count", "series", train.len().into()))
}

/// Series of a file: one a line, an id, then its values; empty fields end it. A first line whose fields are no numbers
/// is a heading.
fn series(field: &Field) -> Result<Vec<(String, Vec<f64>)>, Refusal> {
    let path = field.text()?;
    let expected = "one series a line: an id, then its values";
    let unread = |why: csv::Error| field.refuse_as(format!("{path} that cannot be read: {why}"), expected);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(Path::new(path)).map_err(unread)?;
    let mut all = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(unread)?;
        let texts: Vec<&str> = record.iter().skip(1).map(str::trim).take_while(|text| !text.is_empty()).collect();
        let numbers: Vec<Option<f64>> =
            texts.iter().map(|text| text.parse().ok().filter(|number: &f64| number.is_finite())).collect();
        if index == 0 && numbers.iter().all(Option::is_none) {
            continue;
        }
        if let Some(bad) = numbers.iter().position(Option::is_none) {
            let place = format!("{:?} in line {}, field {}", texts[bad], index + 1, bad + 2);
            return Err(field.refuse_as(place, "a finite number"));
        }
        all.push((record.get(0).unwrap_or_default().trim().to_owned(), numbers.into_iter().flatten().collect()));
    }
    Ok(all)
}
