//! The steps of a further line: what is fixed, what grows with requests, tokens or revenue, whole units, and quantities
//! times prices such as people, sampled requests, stored data, networks, retraining and an expected outage.

use marginline_model::scenario::{Evidence, HOURS_PER_YEAR, OtherLine, Part, Per, Schedule, UnitPrice, along};

use super::demand::{exchanged, grown, requests, retried, revenue_step, tokens};
use super::expression::{Expression, Ref, add, less, number, over, times, value};
use super::fleet::{hours, peak};
use super::line::At;
use super::steps::Steps;
use crate::scenario::lines::{Stated, first_of_file, owners};

/// Why a line costs nothing in a month in which nothing of it is due; `None` where something is.
pub(super) fn not_due(at: At, line: &OtherLine, usd: f64) -> Option<&'static str> {
    let later = |each: &Part| {
        matches!(each.per, Per::Due { every } if !Schedule { every, ..line.schedule }.is_due(at.index))
            && each.price != 0.0
    };
    let has_fixed = line.usd_per_month != 0.0 || !line.by_month.is_empty();
    let waits = (has_fixed && !line.schedule.is_due(at.index)) || line.parts.iter().any(later);
    match (usd == 0.0, line.schedule.runs(at.index)) {
        (false, _) => None,
        (true, false) => Some("not there in this month"),
        (true, true) => waits.then_some("not due in this month"),
    }
}

/// The line while it is put together.
struct Line<'a> {
    at: At<'a>,
    of: &'a OtherLine,
    /// Its path in the file.
    path: String,
    /// Evidence of a line that goes on from the base month, and has no entry of its own in the file.
    kept: Option<Evidence>,
}

/// The line's formula.
pub(super) fn line(steps: &mut Steps, at: At, place: usize, of: &OtherLine) -> Expression {
    let resolved = &at.run.resolved;
    let first = first_of_file(&resolved.file, &resolved.inputs);
    let owners = owners(&resolved.file);
    let owner = place.checked_sub(first).and_then(|own| owners.get(own));
    let path = owner.map_or_else(|| format!("cost.{}", of.label), |(path, ..)| path.clone());
    let line = Line { at, of, path, kept: owner.is_none().then_some(of.evidence) };
    let mut priced = line.by_load(steps);
    let stated: Vec<Stated> = owner.map_or_else(Vec::new, |(_, _, owner)| owner.parts());
    let mut of_revenue = Vec::new();
    for (part, stated) in of.parts.iter().zip(stated.iter().map(Some).chain(std::iter::repeat(None))) {
        match part.is_of_revenue() {
            true => of_revenue.push(line.outage(steps, part, stated)),
            false => priced.extend(line.part(steps, part, stated)),
        }
    }
    if of.revenue_share != 0.0 {
        let revenue = revenue_step(steps, at);
        let share = line.input(steps, "revenue_percent", "share of revenue", "share", of.revenue_share);
        of_revenue.insert(0, Expression::Product(vec![value(revenue), share]));
    }
    let change = grown(steps, &line.key("price_change_percent_per_month"), of.change_per_month, at.index);
    let exchange = exchanged(steps, at, of.currency);
    let copies =
        (of.copies != 1).then(|| value(steps.decided("availability.copies", "copies", "", f64::from(of.copies))));
    let changed = |part: Expression, change: Option<Expression>, copies: Option<Expression>| {
        let mut factors = match part {
            Expression::Product(factors) => factors,
            one => vec![one],
        };
        factors.extend(change.into_iter().chain(copies).chain(exchange.clone()));
        times(factors)
    };
    let mut parts: Vec<Expression> =
        priced.into_iter().map(|part| changed(part, change.clone(), copies.clone())).collect();
    if let Some((fixed, change)) = line.by_month(steps) {
        parts.push(changed(fixed, change, copies.clone()));
    }
    if let (Some(price), Some(_)) = (of.units, at.month.sheet.units[place]) {
        // Units hold the copies already.
        let bought = line.units(steps, price, place);
        parts.push(changed(bought, change, None));
    }
    parts.extend(of_revenue);
    Expression::Sum(parts)
}

impl Line<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// A number of the line by its key.
    fn input(&self, steps: &mut Steps, key: &str, name: &str, unit: &'static str, number: f64) -> Expression {
        value(match self.kept {
            Some(evidence) => {
                let base = self.at.run.resolved.file.base.as_ref().and_then(|base| base.month.as_deref());
                let source = format!("actuals of {}", base.unwrap_or("the base"));
                steps.given(name, unit, number, (&source, evidence))
            }
            None => steps.input(&self.key(key), name, unit, number),
        })
    }

    fn is_due(&self) -> bool {
        self.of.schedule.is_due(self.at.index)
    }

    /// The fixed part, and what grows with requests and tokens.
    fn by_load(&self, steps: &mut Steps) -> Vec<Expression> {
        let (of, mut parts) = (self.of, Vec::new());
        if of.usd_per_month != 0.0 && of.by_month.is_empty() && self.is_due() {
            parts.push(self.input(steps, "usd_per_month", "fixed part", "USD", of.usd_per_month));
        }
        if of.usd_per_request != 0.0 {
            let requests = requests(steps, self.at);
            let each = self.input(steps, "usd_per_request", "USD a request", "USD", of.usd_per_request);
            parts.push(Expression::Product(vec![value(requests), each]));
        }
        if of.usd_per_mtok != 0.0 {
            let requests = requests(steps, self.at);
            let classes: Vec<Expression> = tokens(steps, self.at).into_iter().flatten().map(value).collect();
            let tokens = steps.step("tokens of a request", "tokens", Expression::Sum(classes));
            let mtok = over(Expression::Product(vec![value(requests), value(tokens)]), number(1e6));
            let mtok = steps.step("million tokens", "Mtok", mtok);
            let each = self.input(steps, "usd_per_mtok", "USD a million tokens", "USD/Mtok", of.usd_per_mtok);
            parts.push(Expression::Product(vec![value(mtok), each]));
        }
        parts
    }

    /// The fixed part month by month, with the change of its prices after the last of them.
    fn by_month(&self, steps: &mut Steps) -> Option<(Expression, Option<Expression>)> {
        if self.of.by_month.is_empty() || !self.is_due() {
            return None;
        }
        let (amount, past) = along(0.0, &self.of.by_month, self.at.index);
        let fixed = self.input(steps, "usd_by_month", "fixed part", "USD", amount);
        Some((fixed, grown(steps, &self.key("price_change_percent_per_month"), self.of.change_per_month, past)))
    }

    /// What a quantity of the part is of, and what a price is for, in words and units.
    fn words(key: &str) -> (&'static str, &'static str) {
        match key.rsplit('.').next().unwrap_or(key) {
            "people" => ("people", "people"),
            "usd_per_person_month" => ("USD a person and month", "USD"),
            "sampled_percent" => ("share of the requests that is sampled", "share"),
            "usd_per_sampled_request" => ("USD a sampled request", "USD"),
            "gb_per_request" => ("gigabytes of a request", "GB"),
            "usd_per_gb_month" => ("USD a gigabyte and month", "USD/GB"),
            "usd_per_gb" => ("USD a gigabyte", "USD/GB"),
            "gateways" => ("gateways", "gateways"),
            "usd_per_hour" => ("USD a gateway and hour", "USD/h"),
            "gpu_hours" => ("GPU hours of a training", "h"),
            "usd_per_gpu_hour" => ("USD a GPU hour", "USD/h"),
            "people_weeks" => ("person-weeks of a training", "weeks"),
            "usd_per_person_week" => ("USD a person-week", "USD"),
            "hours_down_per_year" => ("hours down a year", "h"),
            "percent" => ("share of the time in which it is there", "share"),
            "revenue_at_risk_percent" => ("share of that revenue at risk", "share"),
            _ => ("quantity", ""),
        }
    }

    fn quantity(&self, steps: &mut Steps, part: &Part, stated: Option<&Stated>) -> Option<Expression> {
        let (key, _) = stated?.quantity?;
        let (name, unit) = Self::words(key);
        Some(self.input(steps, key, name, unit, part.quantity))
    }

    fn price(&self, steps: &mut Steps, part: &Part, stated: Option<&Stated>) -> Expression {
        match stated.and_then(|stated| stated.price) {
            Some((key, _)) => {
                let (name, unit) = Self::words(key);
                self.input(steps, key, name, unit, part.price)
            }
            None => {
                let told = (self.looked_up(), Evidence::Published);
                value(steps.given("USD a gigabyte", "USD/GB", part.price, (&told.0, told.1)))
            }
        }
    }

    /// Where a price that the file leaves to the price book is from: the note that the run tells of it.
    fn looked_up(&self) -> String {
        let wanted = |note: &&String| note.starts_with("data to ") && note.contains(" USD per GB on ");
        let found = self.at.run.resolved.notes.iter().find(wanted);
        found.map_or_else(|| "price book".to_owned(), |note| format!("price book: {note}"))
    }

    /// A quantity times a price; `None` where it is not due.
    fn part(&self, steps: &mut Steps, part: &Part, stated: Option<&Stated>) -> Option<Expression> {
        let count = match part.per {
            Per::Due { every } => {
                if !(Schedule { every, ..self.of.schedule }).is_due(self.at.index) {
                    return None;
                }
                None
            }
            Per::Hour => Some(hours(steps, self.at)),
            Per::Request => Some(requests(steps, self.at)),
            Per::Stored { keep } => Some(self.stored(steps, keep)),
            Per::HoursDown | Per::Availability => return Some(self.outage(steps, part, stated)),
        };
        let mut factors: Vec<Expression> = count.into_iter().map(value).collect();
        factors.extend(self.quantity(steps, part, stated));
        if part.free > 0.0 {
            let carried = steps.step("gigabytes", "GB", times(factors));
            let free =
                steps.given("gigabytes that are free", "GB", part.free, (&self.looked_up(), Evidence::Published));
            let paid = Expression::Most(vec![number(0.0), less(value(carried), value(free))]);
            factors = vec![value(steps.step("gigabytes paid", "GB", paid))];
        }
        factors.push(self.price(steps, part, stated));
        Some(Expression::Product(factors))
    }

    /// Requests of this month and of those before it whose data is still kept.
    fn stored(&self, steps: &mut Steps, keep: Option<u32>) -> Ref {
        let (run, index) = (self.at.run, self.at.index);
        let first = (index + 1).saturating_sub(keep.unwrap_or(u32::MAX)).max(self.of.schedule.from);
        let now = requests(steps, self.at);
        if first >= index {
            return now;
        }
        let earlier = run.projected.get(first as usize..index as usize).unwrap_or_default();
        let before: f64 = earlier.iter().map(|month| month.totals.requests).sum();
        let (from, to) = (run.resolved.inputs.month(first), run.resolved.inputs.month(index - 1));
        let why = format!("requests of {from} to {to}, as their months have them");
        let kept = steps.of_run("requests of earlier months that are kept", "requests", before, (&why, value(now)));
        steps.step("requests that are stored", "requests", Expression::Sum(vec![value(kept), value(now)]))
    }

    /// A share of revenue for hours in which the service is down.
    fn outage(&self, steps: &mut Steps, part: &Part, stated: Option<&Stated>) -> Expression {
        let revenue = revenue_step(steps, self.at);
        let quantity = self.quantity(steps, part, stated).unwrap_or_else(|| number(part.quantity));
        let risk =
            self.input(steps, "revenue_at_risk_percent", Self::words("revenue_at_risk_percent").0, "share", part.price);
        let down = match part.per {
            Per::HoursDown => over(quantity, number(HOURS_PER_YEAR)),
            _ => less(number(1.0), quantity),
        };
        let down = steps.step("share of the time in which it is down", "share", down);
        Expression::Product(vec![value(revenue), value(down), risk])
    }

    /// What is bought in whole units: load of the busiest hour ÷ what one carries, rounded up, spares and copies with it.
    fn units(&self, steps: &mut Steps, price: UnitPrice, place: usize) -> Expression {
        let provided = self.at.month.sheet.units[place].map_or(0, |units| units.provided);
        let key = |key: &str| self.key(&format!("units.{key}"));
        let count = match price.stated_units {
            Some(stated) => value(steps.decided(&key("units"), "units stated", "units", f64::from(stated))),
            None => {
                let mut load = vec![value(requests(steps, self.at))];
                load.extend(retried(steps, self.at));
                load.push(self.peak(steps));
                let hours = hours(steps, self.at);
                let path = key("requests_per_s_per_unit");
                let each = price.requests_per_s_per_unit;
                let each = steps.input(&path, "requests/s that a unit carries", "requests/s", each);
                let carried = Expression::Product(vec![value(hours), number(3_600.0), value(each)]);
                let needed = Expression::Ceiling(Box::new(over(Expression::Product(load), carried)));
                let needed = steps.step("units needed", "units", needed);
                let spare = steps.decided(&key("spare_units"), "spare units", "units", f64::from(price.spare_units));
                Expression::Sum(vec![value(needed), value(spare)])
            }
        };
        let mut factors = vec![count];
        if price.replicas > 0 {
            let replicas = steps.decided(&key("replicas"), "further copies of each", "", f64::from(price.replicas));
            factors.push(Expression::Sum(vec![number(1.0), value(replicas)]));
        }
        if self.of.copies != 1 {
            factors.push(value(steps.decided("availability.copies", "copies", "", f64::from(self.of.copies))));
        }
        let why = (f64::from(provided), "as the run counts them");
        let units = steps.checked("units", "units", times(factors), why);
        let path = key("usd_per_unit_month");
        let each = steps.input(&path, "USD a unit and month", "USD", price.usd_per_unit_month);
        Expression::Product(vec![value(units), value(each)])
    }

    /// The busiest hour over the mean, of all components by their shares.
    fn peak(&self, steps: &mut Steps) -> Expression {
        let inputs = &self.at.run.resolved.inputs;
        let files = self.at.run.resolved.file.components();
        let mut of = |place: usize| {
            let path = files.get(place).map_or("", |(path, _)| path.as_str());
            value(peak(steps, self.at, place, path))
        };
        if let [_] = inputs.components.as_slice() {
            return of(0);
        }
        let shared: Vec<Expression> = inputs
            .components
            .iter()
            .enumerate()
            .filter(|(_, component)| component.share > 0.0)
            .map(|(place, component)| Expression::Product(vec![number(component.share), of(place)]))
            .collect();
        add(shared)
    }
}
