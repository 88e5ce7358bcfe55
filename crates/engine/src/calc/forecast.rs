//! `forecast` and `forecast-score`: what comes next, and how far a method misses, over files of series.

use std::collections::HashMap;
use std::path::Path;

use marginline_model::forecast::{
    self as model, ForecastError, Known, Method, Question, Score, mase, mean, owa, smape,
};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, maybe};
use super::field::{Field, Notes};

/// Methods by name; none is the best by backtest.
const METHODS: [(&str, Option<Method>); 8] = [
    ("best", None),
    ("naive", Some(Method::Naive)),
    ("seasonal-naive", Some(Method::SeasonalNaive)),
    ("naive2", Some(Method::Naive2)),
    ("ets", Some(Method::Ets)),
    ("holt-winters", Some(Method::HoltWinters)),
    ("theta", Some(Method::Theta)),
    ("mstl", Some(Method::Mstl)),
];
/// Days and weeks of hours: what a season of 168 steps holds.
const WEEK_OF_HOURS: [usize; 2] = [24, 168];

/// Seasons of a number: a week of hours has days in it.
fn seasons_of(season: usize) -> Vec<usize> {
    if season == WEEK_OF_HOURS[1] { WEEK_OF_HOURS.to_vec() } else { vec![season] }
}

/// A refusal of a series that cannot be forecast.
pub(super) fn refused(input: &Field, error: ForecastError) -> Refusal {
    let series = input.get("series");
    match error {
        ForecastError::NothingKnown => series.refuse_as("no value", "at least one number"),
        ForecastError::TooLong(count) => {
            series.refuse_as(format!("{count} values"), format!("at most {}", model::LONGEST))
        }
        ForecastError::Value(at) => series.refuse_as(format!("value {at} beyond 10^15"), "numbers up to 10^15 in size"),
        ForecastError::TooManyGaps { missing, of } => Refusal {
            name: Some("too_many_gaps"),
            ..series.refuse_as(format!("{missing} of {of} values missing"), "at least two values of three")
        },
        ForecastError::Season(_) => {
            let key = if input.get("seasons").there().is_some() { "seasons" } else { "season" };
            input.get(key).refuse("seasons of 1 to 10000 steps, ascending")
        }
        ForecastError::Horizon(_) => input.get("horizon").refuse("1 to 10000 steps"),
        ForecastError::Level(_) => input.get("level").refuse("a probability from 0.5 to 0.99"),
        ForecastError::TooShort { method, have, need } => Refusal {
            name: Some("too_short"),
            ..series.refuse_as(format!("{have} values"), format!("at least {need} for {}", method.word()))
        },
        ForecastError::NoFit(method) => Refusal {
            name: Some("no_fit"),
            ..series.refuse_as(format!("values that {} cannot fit", method.word()), "another method, or best")
        },
    }
}

/// Forecasts a series, and says how good that would have been.
pub(super) fn forecast(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["series", "season", "seasons", "horizon", "method", "level"], notes)?;
    let method = input.get("method").there().map_or(Ok(None), |field| field.choice(&METHODS))?;
    let season = input.get("season").there().map(Field::whole_number).transpose()?.map(|season| season as usize);
    let given = input.get("seasons");
    let seasons = match given.there() {
        None => season.map_or_else(Vec::new, seasons_of),
        Some(given) => {
            let all = given.some_items()?.iter().map(Field::whole_number).collect::<Result<Vec<_>, _>>()?;
            if all.len() > 5 {
                return Err(given.refuse("at most 5 seasons"));
            }
            all.into_iter().map(|season| season as usize).collect()
        }
    };
    let series = input.get("series").known_numbers()?;
    let level = input.get("level").there().map_or(Ok(0.8), Field::number)?;
    let horizon = input.get("horizon").whole_number()? as usize;
    let question = Question { series: &series, seasons, horizon, method, level };
    let found = model::forecast(&question).map_err(|error| refused(input, error))?;
    if found.held_at_zero {
        notes.tell("the series never was below zero, so its forecast is held at zero");
    }
    let end = |pick: fn(&(f64, f64)) -> f64| {
        found.band.as_ref().map_or(Value::Null, |band| band.iter().map(|ends| figure(pick(ends))).collect())
    };
    let unit = "unit of the series";
    Ok(Answer::of("forecast")
        .put("method", found.method.word().into())
        .put("label", found.label.clone().into())
        .put("why", found.why.word().into())
        .put("why_text", found.why.to_string().into())
        .put_in(unit, "point", found.point.iter().map(|value| figure(*value)).collect())
        .put_in("unit of the series; null where too few errors are known", "low", end(|ends| ends.0))
        .put_in("unit of the series; null where too few errors are known", "high", end(|ends| ends.1))
        .put_in("probability of a value between low and high", "level", figure(level))
        .put_in("factor on the method's own band", "widened_by", figure(found.widened_by))
        .put_in("count", "filled", found.filled.into())
        .put_in(
            "smape in percent; mae in the unit of the series",
            "scores",
            found.backtest.scores.iter().map(score).collect(),
        )
        .put_in("lengths of the training parts", "origins", Value::from(found.backtest.origins)))
}

fn score(score: &Score) -> Value {
    json!({
        "method": score.method.word(),
        "smape": figure(score.smape),
        "mase": maybe(score.mase),
        "owa": maybe(score.owa),
        "mae": figure(score.mae),
        "coverage": maybe(score.coverage),
        "points": score.points,
    })
}

/// A method's forecast of a series, or Naive2's where the method finds nothing.
fn ahead(known: &Known, seasons: &[usize], horizon: usize, method: Option<Method>) -> (Option<Vec<f64>>, bool) {
    let scaled = |point: Vec<f64>| point.into_iter().map(|value| value * known.scale).collect();
    let found = match method {
        Some(method) => method.fit(&known.values, seasons, horizon).map(|fitted| scaled(fitted.point)),
        None => {
            let series: Vec<Option<f64>> = known.values.iter().map(|value| Some(value * known.scale)).collect();
            let question = Question { series: &series, seasons: seasons.to_vec(), horizon, method: None, level: 0.8 };
            model::forecast(&question).ok().map(|found| found.point)
        }
    };
    let is_own = found.is_some();
    (found.or_else(|| Method::Naive2.fit(&known.values, seasons, horizon).map(|fitted| scaled(fitted.point))), is_own)
}

/// Scores a method on series whose last part was held back.
pub(super) fn forecast_score(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["train", "test", "method", "season", "horizon"], notes)?;
    let method = input.get("method").choice(&METHODS)?;
    let size = |key: &str| {
        let found = input.get(key).whole_number()? as usize;
        if found > 10_000 { Err(input.get(key).refuse("1 to 10000 steps")) } else { Ok(found) }
    };
    let (season, horizon) = (size("season")?, size("horizon")?);
    let (train_at, test_at) = (input.get("train"), input.get("test"));
    let train = series(&train_at)?;
    let test: HashMap<String, Vec<f64>> = series(&test_at)?.into_iter().collect();
    let seasons = seasons_of(season);
    let (mut smapes, mut mases, mut fallen) = (Vec::new(), Vec::new(), 0usize);
    let (mut naive_smapes, mut naive_mases) = (Vec::new(), Vec::new());
    for (id, known) in &train {
        let actual = test.get(id).and_then(|values| values.get(..horizon));
        let actual = actual.ok_or_else(|| {
            let found = test.get(id).map_or(0, Vec::len);
            test_at.refuse_as(format!("{found} values of series {id:?}"), format!("at least {horizon}"))
        })?;
        let few =
            || train_at.refuse_as(format!("{} values of series {id:?}", known.len()), format!("at least {season}"));
        if method == Some(Method::SeasonalNaive) && known.len() < season {
            return Err(few());
        }
        let given: Vec<Option<f64>> = known.iter().copied().map(Some).collect();
        let scaled = Known::of(&given, season)
            .map_err(|error| train_at.refuse_as(format!("series {id:?}: {error}"), "numbers up to 10^15 in size"))?;
        let (forecast, is_own) = ahead(&scaled, &seasons, horizon, method);
        let forecast = forecast.ok_or_else(few)?;
        fallen += usize::from(!is_own);
        smapes.push(smape(actual, &forecast));
        let (naive, _) = ahead(&scaled, &seasons, horizon, Some(Method::Naive2));
        naive_smapes.extend(naive.as_ref().map(|naive| smape(actual, naive)));
        match mase(known, actual, &forecast, season) {
            Some(scaled) => {
                mases.push(scaled);
                naive_mases.extend(naive.and_then(|naive| mase(known, actual, &naive, season)));
            }
            None => notes.tell(format!("series {id:?} has no scale for mase, and is left out of it")),
        }
    }
    if train.is_empty() {
        return Err(train_at.refuse_as("a file without series", "one series a line: an id, then its values"));
    }
    if fallen > 0 {
        notes.tell(format!("{fallen} series are too short for the method, or nothing fits: naive2 stands in"));
    }
    let of = |values: &[f64]| (!values.is_empty()).then(|| mean(values.iter().copied()));
    let (all, scaled) = (mean(smapes.iter().copied()), of(&mases));
    let naive2 = of(&naive_smapes).zip(of(&naive_mases));
    let weighed = scaled.zip(naive2).and_then(|(scaled, naive2)| owa(all, scaled, naive2));
    Ok(Answer::of("forecast-score")
        .put_in("percent; mean over points, then over series", "smape", figure(all))
        .put_in("mean over points, then over series", "mase", maybe(scaled))
        .put_in("against naive2 on the same series", "owa", maybe(weighed))
        .put_in("count; naive2 stood in", "fallen_back", fallen.into())
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
