//! What a request, or a bucket of requests, costs by token class; and when a prompt cache pays.
//!
//! A projection in `f64`: prices are given and not looked up. The ledger's usage is priced exactly elsewhere.

/// Classes of tokens that are priced apart; none holds another.
pub const CLASSES: [&str; 6] = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"];

/// Index of output in [`CLASSES`].
const OUTPUT: usize = 4;
/// Index of reasoning in [`CLASSES`].
const REASONING: usize = 5;

/// Tokens or factors by class, in the order of [`CLASSES`].
pub type ByClass = [f64; 6];

/// USD per million tokens by class; `None` where nothing is said.
pub type Prices = [Option<f64>; 6];

/// Prices of prompts longer than a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tier {
    /// Prompts of more tokens than this are billed at these prices, all of their tokens.
    pub above_prompt_tokens: f64,
    /// Prices; a class without one keeps that of the next lower tier.
    pub usd_per_mtok: Prices,
}

/// Cost of tokens by class.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// By class, in the order of [`CLASSES`].
    pub by_class: ByClass,
    /// Threshold of the tier that counted; `None` is the base.
    pub tier: Option<f64>,
}

impl Cost {
    /// All classes.
    #[must_use]
    pub fn usd(&self) -> f64 {
        self.by_class.iter().sum()
    }
}

/// Cost of a bucket of requests of which only sums are known.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketCost {
    /// At the tier of the mean request.
    pub point: Cost,
    /// At the cheapest tier that a request of it can have been billed at.
    pub low_usd: f64,
    /// At the dearest such tier.
    pub high_usd: f64,
}

/// Tokens that count towards the length of a prompt: input, and what the cache served or stored.
#[must_use]
pub fn prompt_tokens(tokens: &ByClass) -> f64 {
    tokens[..OUTPUT].iter().sum()
}

/// Base prices first, then each tier by threshold with the gaps filled from the one below. Reasoning without a price
/// of its own is output (LiteLLM, pull request 30345).
fn ladder(base: &Prices, tiers: &[Tier]) -> Vec<(Option<f64>, Prices)> {
    let mut sorted = tiers.to_vec();
    sorted.sort_by(|a, b| a.above_prompt_tokens.total_cmp(&b.above_prompt_tokens));
    let mut steps = vec![(None, *base)];
    let mut below = *base;
    for tier in sorted {
        for (price, own) in below.iter_mut().zip(tier.usd_per_mtok) {
            *price = own.or(*price);
        }
        steps.push((Some(tier.above_prompt_tokens), below));
    }
    for (_, prices) in &mut steps {
        prices[REASONING] = prices[REASONING].or(prices[OUTPUT]);
    }
    steps
}

/// The first class that has tokens and no price, as an index of [`CLASSES`].
#[must_use]
pub fn unpriced(tokens: &ByClass, base: &Prices) -> Option<usize> {
    let prices = ladder(base, &[])[0].1;
    tokens.iter().zip(prices).position(|(tokens, price)| *tokens > 0.0 && price.is_none())
}

fn at(step: &(Option<f64>, Prices), tokens: &ByClass, factors: &ByClass) -> Cost {
    let mut by_class = [0.0; 6];
    for (index, cost) in by_class.iter_mut().enumerate() {
        *cost = tokens[index] * step.1[index].unwrap_or(0.0) * factors[index] / 1e6;
    }
    Cost { by_class, tier: step.0 }
}

/// Cost of one request: all of it at the highest tier that its prompt crosses (xAI, Gemini and LiteLLM bill so; no
/// seller bills the tokens above a threshold alone).
///
/// A class without a price counts nothing: ask [`unpriced`] first.
#[must_use]
pub fn request(tokens: &ByClass, base: &Prices, tiers: &[Tier], factors: &ByClass) -> Cost {
    let length = prompt_tokens(tokens);
    billed_at(length, tokens, base, tiers, factors)
}

fn billed_at(length: f64, tokens: &ByClass, base: &Prices, tiers: &[Tier], factors: &ByClass) -> Cost {
    let steps = ladder(base, tiers);
    let crossed = steps.iter().rposition(|(above, _)| above.is_none_or(|above| length > above)).unwrap_or(0);
    at(&steps[crossed], tokens, factors)
}

/// Cost of the summed tokens of several requests. Which of them crossed a threshold is not known: the point is the
/// mean request's tier, the bounds are the tiers that a prompt no longer than all prompts together can reach.
#[must_use]
pub fn bucket(tokens: &ByClass, requests: f64, base: &Prices, tiers: &[Tier], factors: &ByClass) -> BucketCost {
    let all = prompt_tokens(tokens);
    let possible: Vec<f64> = ladder(base, tiers)
        .iter()
        .filter(|(above, _)| above.is_none_or(|above| all > above))
        .map(|step| at(step, tokens, factors).usd())
        .collect();
    BucketCost {
        point: billed_at(all / requests, tokens, base, tiers, factors),
        low_usd: possible.iter().copied().fold(f64::INFINITY, f64::min),
        high_usd: possible.iter().copied().fold(0.0, f64::max),
    }
}

/// Smallest number of reads, 1 or more, after which writing a prompt to the cache is cheaper than sending it anew each
/// time: `write + reads × read < 1 + reads`, both as multiples of the input price. `None` when it never is.
///
/// The Claude pricing page prints the answers 1 (1.25 and 0.1) and 2 (2 and 0.1).
#[must_use]
pub fn cache_break_even(write_mult: f64, read_mult: f64) -> Option<f64> {
    // Multiples are decimals such as 1.9 and 0.1: what differs by rounding alone is equal.
    let pays = |reads: f64| write_mult + reads * read_mult < (1.0 + reads) * (1.0 - 1e-13);
    if pays(1.0) {
        return Some(1.0);
    }
    if read_mult >= 1.0 {
        return None;
    }
    let crossing = ((write_mult - 1.0) / (1.0 - read_mult)).floor();
    [crossing, crossing + 1.0, crossing + 2.0].into_iter().find(|reads| *reads >= 1.0 && *reads < 1e15 && pays(*reads))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: ByClass = [1.0; 6];

    fn input(tokens: f64) -> ByClass {
        [tokens, 0.0, 0.0, 0.0, 0.0, 0.0]
    }

    fn price(input: f64) -> Prices {
        [Some(input), None, None, None, None, None]
    }

    fn tier(above_prompt_tokens: f64, input: f64) -> Tier {
        Tier { above_prompt_tokens, usd_per_mtok: price(input) }
    }

    #[test]
    fn the_threshold_itself_is_still_the_tier_below() {
        let tiers = [tier(272_000.0, 2.0)];
        let cost = |tokens: f64| request(&input(tokens), &price(1.0), &tiers, &ONE).usd();
        assert_eq!(cost(272_000.0), 0.272);
        assert_eq!(cost(272_001.0), 0.544_002, "all tokens at the higher price, not one of them");
    }

    #[test]
    fn a_thousand_requests_in_a_bucket_cost_what_they_cost_one_by_one() {
        let tiers = [tier(200_000.0, 2.0)];
        let one = request(&input(10_000.0), &price(1.0), &tiers, &ONE).usd();
        let bucket = bucket(&input(10_000_000.0), 1_000.0, &price(1.0), &tiers, &ONE);
        assert_eq!(bucket.point.usd(), 1_000.0 * one);
        assert_eq!((bucket.low_usd, bucket.high_usd), (10.0, 20.0), "base tier, and everything in one long prompt");
    }

    #[test]
    fn cached_tokens_count_towards_the_length_of_the_prompt() {
        let mut tokens = input(150_000.0);
        tokens[1] = 60_000.0;
        let mut base = price(1.0);
        base[1] = Some(0.1);
        assert_eq!(request(&tokens, &base, &[tier(200_000.0, 2.0)], &ONE).tier, Some(200_000.0));
    }

    proptest! {
        #[test]
        fn break_even_is_the_first_count_that_pays(write in 0.0..20.0f64, read in 0.0..0.99f64) {
            let reads = cache_break_even(write, read).unwrap();
            prop_assert!(write + reads * read < 1.0 + reads);
            prop_assert!(reads == 1.0 || write + (reads - 1.0) * read >= reads - 1e-9);
        }

        #[test]
        fn the_point_lies_between_the_bounds_and_scales_with_price(
            tokens in 1.0..1e9f64, requests in 1.0..1e4f64, factor in 0.1..10.0f64,
        ) {
            let tiers = [tier(90_000.0, 2.0), tier(128_000.0, 3.0)];
            let found = bucket(&input(tokens), requests, &price(1.0), &tiers, &ONE);
            prop_assert!(found.low_usd <= found.point.usd() && found.point.usd() <= found.high_usd);
            let scaled = bucket(&input(tokens), requests, &price(1.0), &tiers, &[factor; 6]);
            prop_assert!((scaled.point.usd() / found.point.usd() / factor - 1.0).abs() < 1e-12);
        }
    }
}
