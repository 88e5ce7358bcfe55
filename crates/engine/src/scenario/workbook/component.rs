//! A component's columns: its requests, its GPUs and its cost.

use marginline_model::scenario::{Component, Serving};

use super::book::{Near, Style};
use super::expression::{Expression, add, less, over, times};
use super::inputs::ComponentInputs;
use super::months::{Filling, Spec, money};

/// A component and the columns that it reads.
pub struct Part {
    /// Place of the component.
    pub place: usize,
    /// Column of requests.
    pub requests: u16,
    /// Column of hours.
    pub hours: u16,
}

impl Part {
    fn component<'a>(&self, filling: &'a Filling<'_>) -> &'a Component {
        &filling.run.resolved.inputs.components[self.place]
    }

    fn inputs<'a>(&self, filling: &'a Filling<'_>) -> &'a ComponentInputs {
        &filling.inputs.components[self.place]
    }

    /// Its columns; the last is its cost, which comes back.
    pub fn fill(&self, filling: &mut Filling<'_>, gpus: &mut Vec<u16>) -> u16 {
        let label = self.component(filling).label.clone();
        let head = |what: &str| format!("{label}: {what}");
        let served = filling.column(&head("requests"), Style::Count, Near::Digits, |filling, month| {
            let expected = filling.run.projected[month as usize].sheet.requests[self.place];
            let share = self.inputs(filling).share.map(|share| over(share, 100.0));
            let all = filling.at(month, self.requests).into();
            match share {
                Some(share) if !self.is_linked(filling) => Spec::Formula(times(vec![all, share]), expected),
                _ => Spec::Value(expected),
            }
        });
        let cost = match self.component(filling).serving {
            Serving::Api(_) => filling.column(&head("cost"), Style::Money, Near::Cent, |filling, month| {
                let expected = money(filling.run.months[month as usize].lines[self.place].1);
                let inputs = self.inputs(filling);
                let Some(price) = inputs.usd_per_request else { return Spec::Value(expected) };
                let mut factors = vec![filling.at(month, served).into(), price.into()];
                factors.extend(filling.attempts());
                factors.extend(filling.since(inputs.change, month));
                Spec::Formula(Expression::Cents(Box::new(times(factors))), expected)
            }),
            Serving::OwnGpus(_) => self.fleet(filling, &head, served, gpus),
        };
        let expected = money(filling.run.months.iter().map(|month| month.lines[self.place].1).sum());
        filling.sum(cost, Style::Money, expected, Near::Cent);
        cost
    }

    /// Does work move to or from it?
    fn is_linked(&self, filling: &Filling<'_>) -> bool {
        let all = &filling.run.resolved.inputs.components;
        let links = |each: &Component| {
            let overflow = match &each.serving {
                Serving::OwnGpus(gpus) => gpus.overflow,
                Serving::Api(_) => None,
            };
            [each.until_live, each.fallback, overflow]
        };
        let own = &all[self.place];
        links(own).iter().any(Option::is_some) || all.iter().any(|each| links(each).contains(&Some(self.place)))
    }

    /// Busy, needed and provided GPUs, what is committed, and the cost.
    fn fleet(&self, filling: &mut Filling<'_>, head: &dyn Fn(&str) -> String, served: u16, gpus: &mut Vec<u16>) -> u16 {
        let Serving::OwnGpus(own) = self.component(filling).serving.clone() else { return served };
        let capacity =
            |filling: &Filling<'_>, month: u32| filling.run.projected[month as usize].sheet.capacity[self.place];
        let busy = filling.column(&head("GPUs busy"), Style::Number, Near::Digits, |filling, month| {
            let Some(found) = capacity(filling, month) else { return Spec::Empty };
            let expected = found.utilisation * f64::from(found.gpus_provided);
            let Some(seconds) = self.inputs(filling).gpu_seconds else { return Spec::Value(expected) };
            let mut factors = vec![filling.at(month, served).into(), seconds.into()];
            factors.extend(filling.attempts());
            Spec::Formula(
                over(times(factors), times(vec![filling.at(month, self.hours).into(), 3_600.0.into()])),
                expected,
            )
        });
        let is_counted = own.waiting.is_none();
        let needed = filling.column(&head("GPUs needed"), Style::Count, Near::Digits, |filling, month| {
            let Some(found) = capacity(filling, month) else { return Spec::Empty };
            let expected = f64::from(found.gpus_needed);
            let inputs = self.inputs(filling);
            match (inputs.peak, inputs.unit) {
                (Some(peak), Some(unit)) if is_counted => {
                    let load = over(times(vec![filling.at(month, busy).into(), peak.into()]), unit);
                    Spec::Formula(times(vec![Expression::Up(Box::new(load)), unit.into()]), expected)
                }
                _ => Spec::Value(expected),
            }
        });
        let held = (!own.committed.is_empty()).then(|| {
            let count = filling.column(&head("GPUs committed"), Style::Count, Near::Digits, |_, month| {
                Spec::Value(f64::from(own.committed(month).0))
            });
            let usd = filling.column(&head("committed, USD an hour"), Style::UnitCost, Near::Digits, |_, month| {
                Spec::Value(own.committed(month).1)
            });
            (count, usd)
        });
        let provided = filling.column(&head("GPUs provided"), Style::Count, Near::Digits, |filling, month| {
            let Some(found) = capacity(filling, month) else { return Spec::Empty };
            let inputs = self.inputs(filling);
            let wanted = match (inputs.stated, inputs.spare, inputs.unit) {
                (Some(stated), ..) => stated.into(),
                (None, Some(spare), Some(unit)) => {
                    add(vec![filling.at(month, needed).into(), times(vec![spare.into(), unit.into()])])
                }
                _ => filling.at(month, needed).into(),
            };
            let formula = match held {
                Some((count, _)) => Expression::Max(Box::new(wanted), Box::new(filling.at(month, count).into())),
                None => wanted,
            };
            Spec::Formula(formula, f64::from(found.gpus_provided))
        });
        gpus.push(provided);
        filling.column(&head("cost"), Style::Money, Near::Cent, |filling, month| {
            let expected = money(filling.run.months[month as usize].lines[self.place].1);
            let inputs = self.inputs(filling);
            let Some(price) = inputs.usd_per_gpu_hour.filter(|_| !own.is_autoscaled) else {
                return Spec::Value(expected);
            };
            let open = match held {
                Some((count, _)) => less(filling.at(month, provided), filling.at(month, count)),
                None => filling.at(month, provided).into(),
            };
            let mut factors = vec![open, price.into()];
            factors.extend(filling.since(inputs.change, month));
            let mut hourly = vec![times(factors)];
            hourly.extend(held.map(|(_, usd)| filling.at(month, usd).into()));
            let usd = times(vec![filling.at(month, self.hours).into(), add(hourly)]);
            Spec::Formula(Expression::Cents(Box::new(usd)), expected)
        })
    }
}
