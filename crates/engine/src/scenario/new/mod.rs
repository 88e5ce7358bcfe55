//! A scenario that begins where the ledger ends: a file that reproduces a period's actuals, every number with its source.

mod patch;
mod reproduced;
mod text;

pub use patch::{Alternative, PatchRequest};
pub use reproduced::Reproduced;
pub(crate) use text::{digits, quoted};

use marginline_model::Month;

use super::file::{Kind, parse};
use super::observed::Observed;
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::report::Period;
use crate::view::MonthBasis;

/// What is asked.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Months whose actuals it takes, a month on average.
    pub period: Period,
    /// Only this product.
    pub product: Option<String>,
    /// Name for people; said from the period when absent.
    pub name: Option<String>,
    /// Only what is served this way; requests served in the other are left out, and told.
    pub kind: Option<Kind>,
    /// First month of the run; the last of the period when absent, so that the run begins with the month it reproduces.
    pub start: Option<Month>,
    /// Months of the run.
    pub months: u32,
}

/// A scenario written from actuals.
#[derive(Debug, Clone)]
pub struct NewScenario {
    /// The file.
    pub text: String,
    /// How its first month compares with the actuals, line by line.
    pub reproduced: Reproduced,
}

impl Engine {
    /// Writes a scenario that reproduces the actuals of a period.
    ///
    /// # Errors
    /// When the period holds no usage with requests, or what was found cannot be a scenario.
    pub async fn new_scenario(&self, id: &str, request: &NewRequest) -> Result<NewScenario> {
        let mut observed = self.observed(request.period, request.product.as_deref()).await?;
        keep_kind(&mut observed, request.kind)?;
        let facts = self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?;
        let prices = self.price_book().await?;
        let has_hours =
            facts.gpu_hours.iter().any(|hours| hours.month == request.period.to.to_string() && hours.busy_nanos > 0);
        let body = text::write(&observed, request, has_hours);
        let resolved = super::resolve::resolve(id, &parse(&body)?, Some(&facts), &prices)?;
        let reproduced = Reproduced::of(&observed, &resolved.inputs);
        Ok(NewScenario { text: format!("{}{body}", text::head(&observed, &reproduced)), reproduced })
    }
}

/// Leaves out what is served the other way.
fn keep_kind(observed: &mut Observed, kind: Option<Kind>) -> Result<()> {
    let told = |requests: f64, what: &str| format!("{requests:.0} requests a month that {what} serve, with their cost");
    match kind {
        Some(Kind::Api) if !observed.fleets.is_empty() => {
            let requests = observed.fleets.iter().map(|fleet| fleet.requests).sum();
            observed.left_out.push(told(requests, "own GPUs"));
            observed.fleets.clear();
        }
        Some(Kind::OwnGpus) if !observed.served.is_empty() => {
            let requests = observed.served.iter().map(|each| each.requests).sum();
            observed.left_out.push(told(requests, "APIs"));
            observed.served.clear();
            observed.providers.clear();
        }
        _ => {}
    }
    if observed.requests() <= 0.0 {
        return Err(EngineError::failed(format!("nothing is served that way in {}", observed.period.label()))
            .then("leave --kind out"));
    }
    Ok(())
}
