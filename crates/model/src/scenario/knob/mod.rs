//! One number of the inputs, by name: what a slider moves, a tornado shakes, a search tries and Monte Carlo draws.
//!
//! Setting a knob gives the inputs that a file with that number would give: see the tests of the engine.

mod name;
mod place;

use thiserror::Error;

use super::{HOURS_PER_YEAR, Inputs, Per, Serving};

/// A number of the inputs. Components and lines are named by their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Knob {
    /// Requests in the first month.
    RequestsPerMonth,
    /// All requests over those stated.
    DemandLevel,
    /// Growth of requests per month, a share.
    GrowthPerMonth,
    /// Requests lost per month, a share.
    ChurnPerMonth,
    /// Uncached input tokens of a request.
    InputTokens,
    /// Tokens of a request that the cache serves.
    CacheReadTokens,
    /// Tokens of a request that the cache stores.
    CacheWriteTokens,
    /// Tokens of the prompt; its composition stays.
    PromptTokens,
    /// Share of the prompt that the cache serves; its length stays.
    CacheHitShare,
    /// Output tokens of a request.
    OutputTokens,
    /// Requests sent again, per request.
    RetryShare,
    /// Recognised revenue per request.
    RevenueUsdPerRequest,
    /// Revenue over that stated.
    RevenueLevel,
    /// Change of revenue per request a month, a share.
    RevenueChangePerMonth,
    /// USD for a unit of the currency at this place.
    ExchangeRate(usize),
    /// Share of the requests of a component. A component that takes the rest gives way; without one the others keep
    /// their proportions.
    Share(usize),
    /// Tokens over those of the demand.
    TokenizerRatio(usize),
    /// Output over that of the demand.
    Verbosity(usize),
    /// Uncached input of a request over that of the demand.
    InputRatio(usize),
    /// Cache reads of a request over those of the demand.
    CacheReadRatio(usize),
    /// Cache writes of a request over those of the demand.
    CacheWriteRatio(usize),
    /// Months until a component is live.
    LiveAfterMonths(usize),
    /// Share of a component's requests that fail.
    FailedShare(usize),
    /// Share of an API's requests sent as a batch, or of a fleet's load that can wait.
    BatchShare(usize),
    /// USD per million uncached input tokens.
    InputUsdPerMtok(usize),
    /// USD per million output tokens.
    OutputUsdPerMtok(usize),
    /// Fee of an API per request.
    ApiUsdPerRequest(usize),
    /// Prices of a component over those listed.
    PriceLevel(usize),
    /// Change of a component's prices per month, a share.
    PriceChangePerMonth(usize),
    /// Output tokens per second of a GPU.
    OutputTokensPerSPerGpu(usize),
    /// Uncached prompt tokens per second of a GPU.
    InputTokensPerSPerGpu(usize),
    /// Tokens per second over those stated.
    Speedup(usize),
    /// USD per GPU hour on demand.
    UsdPerGpuHour(usize),
    /// USD per hour of a GPU of a component's commitment.
    CommittedUsdPerGpuHour(usize, usize),
    /// Share of the GPUs above the commitments that are spot.
    SpotShare(usize),
    /// USD per hour of a spot GPU.
    SpotUsdPerGpuHour(usize),
    /// Share of a spot GPU's time that is not lost.
    SpotUsefulShare(usize),
    /// Longest wait, in times of service.
    WaitingLongest(usize),
    /// Share of the requests that waits no longer.
    WaitingShareInTime(usize),
    /// Highest share of the slots that may be taken.
    WaitingMaxOccupancy(usize),
    /// Fixed part of a further line.
    LineUsdPerMonth(usize),
    /// Growing part of a further line.
    LineUsdPerRequest(usize),
    /// Part of a further line that grows with tokens.
    LineUsdPerMtok(usize),
    /// Part of a further line that is a share of revenue.
    LineRevenueShare(usize),
    /// Change of a further line's prices per month, a share.
    LinePriceChangePerMonth(usize),
    /// Requests per second that a unit of a further line carries.
    LineRequestsPerSPerUnit(usize),
    /// Price of a unit of a further line for a month.
    LineUsdPerUnitMonth(usize),
    /// Quantity of a part of a further line; what it may be depends on what it is.
    PartQuantity(usize, usize),
    /// Price of a part of a further line.
    PartPrice(usize, usize),
}

/// A knob that these inputs do not have, or a value that it cannot take.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum KnobError {
    /// Nothing of that name is there.
    #[error("{0} is not among the inputs of this scenario")]
    Absent(Knob),
    /// Out of range.
    #[error("{knob} is {found}, expected {least} to {most}")]
    OutOfRange {
        /// Which.
        knob: Knob,
        /// What it was to be.
        found: f64,
        /// Least it can be.
        least: f64,
        /// Most it can be.
        most: f64,
    },
    /// A token class would be used that an API has no price for.
    #[error("with {knob} at {found}, {component} would use {class}, which have no price")]
    Unpriced {
        /// Which.
        knob: Knob,
        /// What it was to be.
        found: f64,
        /// The component's name.
        component: String,
        /// The class, in words.
        class: &'static str,
    },
}

impl Knob {
    /// Least and most that it can be. Of a part of a further line it is that of any part; [`Knob::range_in`] knows which.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::GrowthPerMonth
            | Self::RevenueChangePerMonth
            | Self::PriceChangePerMonth(_)
            | Self::LinePriceChangePerMonth(_) => (-0.99, 2.0),
            Self::ChurnPerMonth => (0.0, 0.99),
            Self::CacheHitShare
            | Self::Share(_)
            | Self::BatchShare(_)
            | Self::FailedShare(_)
            | Self::SpotShare(_)
            | Self::LineRevenueShare(_) => (0.0, 1.0),
            Self::RetryShare => (0.0, 100.0),
            Self::DemandLevel | Self::RevenueLevel | Self::PriceLevel(_) => (0.0, 1e3),
            Self::TokenizerRatio(_) | Self::Speedup(_) => (1e-3, 1e3),
            Self::Verbosity(_) => (0.0, 1e3),
            Self::InputRatio(_) | Self::CacheReadRatio(_) | Self::CacheWriteRatio(_) => (0.0, 1e6),
            Self::LiveAfterMonths(_) => (0.0, 120.0),
            Self::SpotUsefulShare(_) | Self::WaitingMaxOccupancy(_) => (0.01, 1.0),
            Self::WaitingLongest(_) => (0.0, 1e6),
            Self::WaitingShareInTime(_) => (0.0, 0.999_999),
            Self::OutputTokensPerSPerGpu(_) | Self::InputTokensPerSPerGpu(_) | Self::LineRequestsPerSPerUnit(_) => {
                (1e-9, 1e15)
            }
            Self::ExchangeRate(_) => (1e-9, 1e6),
            _ => (0.0, 1e15),
        }
    }

    /// Least and most that it can be in these inputs.
    #[must_use]
    pub fn range_in(self, inputs: &Inputs) -> (f64, f64) {
        let part = |line: usize, part: usize| inputs.other.get(line).and_then(|line| line.parts.get(part));
        let per = match self {
            Self::PartQuantity(line, at) | Self::PartPrice(line, at) => part(line, at).map(|part| part.per),
            _ => None,
        };
        match (self, per) {
            (Self::PartQuantity(..), Some(Per::HoursDown)) => (0.0, HOURS_PER_YEAR),
            (_, Some(Per::HoursDown | Per::Availability)) => (0.0, 1.0),
            _ => self.range(),
        }
    }

    /// Its value.
    ///
    /// # Errors
    /// When the inputs have no such number.
    pub fn get(self, inputs: &Inputs) -> Result<f64, KnobError> {
        let absent = || KnobError::Absent(self);
        if let Some(tokens) = self.of_tokens(&inputs.demand) {
            return Ok(tokens);
        }
        match self {
            Self::Share(place) => Ok(inputs.components.get(place).ok_or_else(absent)?.share),
            Self::BatchShare(place) => {
                let component = inputs.components.get(place).ok_or_else(absent)?;
                Ok(match &component.serving {
                    Serving::Api(api) => api.batch_share,
                    Serving::OwnGpus(_) => component.load.batch_share(),
                })
            }
            // The rest is a number in its own place.
            _ => Ok(*self.place(&mut inputs.clone()).ok_or_else(absent)?),
        }
    }

    /// Sets it.
    ///
    /// # Errors
    /// When the inputs have no such number, or it cannot be that.
    pub fn set(self, inputs: &mut Inputs, value: f64) -> Result<(), KnobError> {
        let (least, most) = self.range_in(inputs);
        if !(least..=most).contains(&value) {
            return Err(KnobError::OutOfRange { knob: self, found: value, least, most });
        }
        if self.set_tokens(&mut inputs.demand, value) {
            let tokens = inputs.demand.tokens;
            inputs.components.iter_mut().for_each(|component| component.take_prices_of(tokens));
            return self.priced(inputs, value);
        }
        match self {
            Self::Share(place) => return self.set_share(inputs, place, value),
            Self::BatchShare(place) => {
                let component = inputs.components.get_mut(place).ok_or(KnobError::Absent(self))?;
                match &mut component.serving {
                    Serving::Api(api) => api.batch_share = value,
                    Serving::OwnGpus(_) => component.load.set_batch_share(value),
                }
            }
            _ => {
                let number = self.place(inputs).ok_or(KnobError::Absent(self))?;
                if number.to_bits() != value.to_bits() {
                    *number = value;
                    self.forget_table(inputs);
                }
            }
        }
        match self {
            Self::TokenizerRatio(place)
            | Self::Verbosity(place)
            | Self::InputRatio(place)
            | Self::CacheReadRatio(place)
            | Self::CacheWriteRatio(place) => {
                let tokens = inputs.demand.tokens;
                inputs.components[place].take_prices_of(tokens);
                self.priced(inputs, value)
            }
            _ => Ok(()),
        }
    }

    /// Has every token class in use a price, now that this is so much?
    fn priced(self, inputs: &Inputs, found: f64) -> Result<(), KnobError> {
        let Some((place, class)) = inputs.unpriced() else { return Ok(()) };
        let component = inputs.components[place].label.clone();
        Err(KnobError::Unpriced { knob: self, found, component, class })
    }

    /// A table of needed units holds for one target of waiting.
    fn forget_table(self, inputs: &mut Inputs) {
        let (Self::WaitingLongest(place) | Self::WaitingShareInTime(place) | Self::WaitingMaxOccupancy(place)) = self
        else {
            return;
        };
        if let Some(Serving::OwnGpus(gpus)) = inputs.components.get_mut(place).map(|each| &mut each.serving) {
            gpus.table = None;
        }
    }

    fn set_share(self, inputs: &mut Inputs, place: usize, value: f64) -> Result<(), KnobError> {
        let old = inputs.components.get(place).ok_or(KnobError::Absent(self))?.share;
        let others = inputs.components.len() - 1;
        if others == 0 && value < 1.0 {
            return Err(KnobError::OutOfRange { knob: self, found: value, least: 1.0, most: 1.0 });
        }
        let rest = inputs.components.iter().position(|component| component.takes_rest).filter(|rest| *rest != place);
        if let Some(rest) = rest {
            inputs.components[place].share = value;
            let taken = inputs.components.iter().enumerate().filter(|(index, _)| *index != rest);
            let taken: f64 = taken.map(|(_, component)| component.share).sum();
            if taken <= 1.0 {
                inputs.components[rest].share = (1.0 - taken).max(0.0);
                return Ok(());
            }
            // The others are stated too high for it: nothing is left, and they give way in proportion.
            inputs.components[rest].share = 0.0;
            let beside = taken - value;
            for (index, component) in inputs.components.iter_mut().enumerate() {
                if index != place && index != rest {
                    component.share *= (1.0 - value) / beside;
                }
            }
            return Ok(());
        }
        for (index, component) in inputs.components.iter_mut().enumerate() {
            component.share = match index == place {
                true => value,
                false if old < 1.0 => component.share * (1.0 - value) / (1.0 - old),
                false => (1.0 - value) / others as f64,
            };
        }
        Ok(())
    }
}
