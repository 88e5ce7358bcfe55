//! The demand that `capacity` reads: arrivals, growth, season and week.

use chrono::{DateTime, Utc};
use marginline_model::capacity::{CapacityError, Demand, Tally, Week, even_season};
use marginline_model::{Month, Zone};

use super::super::Refusal;
use super::super::field::{Field, Notes};
use super::super::replicas::{or, refused, within};

type Read<T> = Result<T, Refusal>;

fn week(field: &Field, zone: Zone, start: Month) -> Read<Week> {
    if let Ok(word) = field.text() {
        return match word {
            "even" => Ok(Week::even()),
            "consumer-chat" => {
                // The published hours are UTC; the zone's offset at noon of the first day moves them.
                let (date, hour) = zone.civil(start.first_day(), 12);
                let days = (date - start.first_day()).num_days() as i32;
                Ok(Week::consumer_chat().shifted(days * 24 + hour as i32 - 12))
            }
            _ => Err(field.refuse("\"even\", \"consumer-chat\", or 24 or 168 loads")),
        };
    }
    let loads = field.amounts()?;
    Week::new(&loads).map_err(|error| match error {
        CapacityError::Figure { found, expected, .. } => field.refuse_as(found, expected),
        other => refused(other),
    })
}

fn moment(field: &Field) -> Read<DateTime<Utc>> {
    let read = DateTime::parse_from_rfc3339(field.text()?).map(|at| at.with_timezone(&Utc));
    read.map_err(|_| field.refuse("a moment such as \"2026-11-02T05:00:00Z\""))
}

/// Mean arrivals per second and the shape of the week, from counts by hour: `[moment, requests]` each.
fn tallied(field: &Field, zone: Zone, notes: &mut Notes) -> Read<(f64, Week)> {
    field.knows(&["from", "to", "hours"], notes)?;
    let to = field.get("to");
    let tally = Tally::new(zone, moment(&field.get("from"))?, moment(&to)?);
    let mut tally = tally.map_err(|_| to.refuse("a moment one hour to ten years after from"))?;
    for hour in field.get("hours").items()? {
        let pair = hour.items()?;
        let [at, requests] = pair.as_slice() else { return Err(hour.refuse("a pair [moment, requests]")) };
        let quantity = requests.amount()?;
        if !tally.add(moment(at)?, quantity).map_err(|_| requests.refuse("a count of requests"))? {
            return Err(at.refuse("a moment from `from` to before `to`"));
        }
    }
    tally.week().map_err(|error| match error {
        error @ CapacityError::Unobserved { .. } => field.refuse_as(error.to_string(), "a whole week"),
        _ => field.get("hours").refuse("some requests"),
    })
}

pub(super) fn demand(field: &Field, start: Month, zone: Zone, notes: &mut Notes) -> Read<Demand> {
    let known = ["arrivals_per_s", "requests_per_month", "growth_per_month", "season", "week", "observed"];
    field.knows(&known, notes)?;
    let observed = match field.get("observed").there() {
        None => None,
        Some(observed) => {
            if field.get("week").there().is_some() {
                return Err(field.get("week").refuse("nothing, since observed is given"));
            }
            Some(tallied(observed, zone, notes)?)
        }
    };
    let (rate, requests) = (field.get("arrivals_per_s"), field.get("requests_per_month"));
    let arrivals_per_s = match (rate.there(), requests.there(), &observed) {
        (Some(_), Some(both), _) => return Err(both.refuse("nothing, since arrivals_per_s is given")),
        (_, Some(requests), _) => requests.amount()? / (start.days() as f64 * 86_400.0),
        (None, None, Some((mean, _))) => *mean,
        (_, None, _) => rate.amount()?,
    };
    let season = match field.get("season").there() {
        None => even_season(),
        Some(season) => {
            let months = season.amounts()?;
            months.try_into().map_err(|_| season.refuse("12 factors, January first"))?
        }
    };
    let demand = Demand {
        start,
        arrivals_per_s,
        growth_per_month: or(&field.get("growth_per_month"), 0.0, Field::number)?,
        season,
        week: match observed {
            Some((_, week)) => week,
            None => week(&field.get("week"), zone, start)?,
        },
        input: None,
        output: None,
    };
    demand.check().map_err(|error| within(field, error))?;
    Ok(demand)
}
