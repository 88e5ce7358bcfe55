//! API prices that depend on the length of a prompt. A request is billed as a whole at the price of the highest step that
//! its prompt passes, not by parts (domain §1.1).

use super::component::{Api, Component, Serving, TokenPrices};
use super::demand::TokensPerRequest;

/// Prices from a length of prompt on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriceStep {
    /// Tokens of the prompt, cached ones included, above which they hold; 0 of the first.
    pub above_tokens: f64,
    /// Prices of interactive requests.
    pub prices: TokenPrices,
    /// Prices of a batch.
    pub batch_prices: TokenPrices,
}

impl Api {
    /// Takes the prices of a prompt of so many tokens; prices without steps stay.
    pub fn take_prices_of(&mut self, prompt_tokens: f64) {
        let passed = self.steps.iter().rev().find(|step| prompt_tokens > step.above_tokens).or(self.steps.first());
        if let Some(step) = passed {
            (self.prices, self.batch_prices) = (step.prices, step.batch_prices);
        }
    }
}

impl Component {
    /// Takes the prices of prompts as long as this component's are of these requests.
    pub(super) fn take_prices_of(&mut self, demand: TokensPerRequest) {
        let prompt = self.tokens(demand).prompt();
        if let Serving::Api(api) = &mut self.serving {
            api.take_prices_of(prompt);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(above_tokens: f64, usd: f64) -> PriceStep {
        let prices = TokenPrices { input_usd_per_mtok: usd, ..TokenPrices::default() };
        PriceStep { above_tokens, prices, batch_prices: prices }
    }

    /// 3 USD up to 200,000 tokens of prompt and 6 above: 200,000 tokens cost 0.60, one more the double for all of them.
    #[test]
    fn the_whole_request_takes_the_price_of_the_step_that_it_passes() {
        let mut api = Api { steps: vec![step(0.0, 3.0), step(200_000.0, 6.0)], ..Api::default() };
        for (prompt, usd) in [(0.0, 3.0), (200_000.0, 3.0), (200_000.5, 6.0), (1e9, 6.0)] {
            api.take_prices_of(prompt);
            assert_eq!(api.prices.input_usd_per_mtok, usd, "{prompt} tokens");
            assert_eq!(api.batch_prices.input_usd_per_mtok, usd, "{prompt} tokens in a batch");
        }
    }

    #[test]
    fn prices_without_steps_stay() {
        let mut api = Api::at(step(0.0, 3.0).prices);
        api.take_prices_of(1e9);
        assert_eq!(api.prices.input_usd_per_mtok, 3.0);
    }
}
