//! Prices of one currency unit for a thousand tokens and the like, so that every sum can be checked by hand.

use proptest::prelude::*;

use super::*;

fn usd(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn ladder(steps: &[(u64, i64)]) -> Ladder {
    let steps = steps.iter().map(|(above, units)| (*above, Money::from_units(*units))).collect();
    Ladder { steps, currency: Currency::USD, source: "test".into(), free: 0 }
}

fn none() -> Result<Ladder, String> {
    Err("no price".into())
}

/// Input and output at 10 per million, 20 above 90,000 and 40 above 128,000; cache reads at a tenth.
fn three_tiers() -> TokenPrices {
    let dear = ladder(&[(0, 10), (90_000, 20), (128_000, 40)]);
    let cached = ladder(&[(0, 1), (90_000, 2), (128_000, 4)]);
    let classes = [Ok(dear.clone()), Ok(cached), none(), none(), Ok(dear), none()];
    TokenPrices { hours: vec![Hours { minutes: DAY, classes, request: None }] }
}

fn used(tokens: TokenCounts, requests: Option<u64>) -> Used {
    Used { tokens, requests, prompts: Prompts::of_row(tokens.prompt(), requests) }
}

fn input(count: u64) -> TokenCounts {
    TokenCounts { input: count, ..TokenCounts::default() }
}

fn known(priced: &Priced) -> Money {
    let Priced::Known(estimate) = priced else { panic!("{priced:?}") };
    estimate.point.total()
}

#[test]
fn a_whole_request_is_billed_at_the_highest_tier_it_crosses() {
    let cost = |count| known(&price(&used(input(count), Some(1)), &three_tiers()));
    assert_eq!(cost(90_000), usd("0.9"));
    assert_eq!(cost(90_001), usd("1.80002"), "all of it at the second tier, not the one token above");
    assert_eq!(cost(150_000), usd("6"), "over both: wholly at the third price");
    let cached = TokenCounts { input: 10_000, cache_read: 80_001, output: 1_000, ..TokenCounts::default() };
    assert_eq!(known(&price(&used(cached, Some(1)), &three_tiers())), usd("0.380002"), "cached tokens count too");
}

#[test]
fn a_bucket_is_an_estimate_between_the_tiers_and_never_judged_by_its_sum() {
    let Priced::Estimated(thousand) = price(&used(input(10_000_000), Some(1_000)), &three_tiers()) else { panic!() };
    assert_eq!(thousand.point.total(), usd("100"), "what 1,000 requests of 10,000 tokens cost");
    assert_eq!((thousand.low.total(), thousand.high.total()), (usd("100"), usd("400")));
    let Priced::Estimated(long) = price(&used(input(10_000_000), Some(100)), &three_tiers()) else { panic!() };
    assert_eq!(long.point.total(), usd("200"), "100,000 tokens a request are above 90,000");
    let Priced::Estimated(unknown) = price(&used(input(10_000_000), None), &three_tiers()) else { panic!() };
    assert_eq!((unknown.low.total(), unknown.high.total()), (usd("100"), usd("400")));
}

#[test]
fn an_export_that_names_the_context_window_settles_the_tier() {
    let within = |window| {
        let prompts = Prompts::of_window(window).unwrap();
        price(&Used { tokens: input(1_000_000), requests: None, prompts }, &three_tiers())
    };
    assert_eq!(known(&within("0-90k")), usd("10"));
    assert_eq!(known(&within("200k-1M")), usd("40"));
    assert_eq!(known(&within(">128k")), usd("40"));
    assert_eq!(known(&within("≤ 64k")), usd("10"));
    assert!(matches!(within("0-200k"), Priced::Estimated(_)), "the window spans tiers");
    assert_eq!(Prompts::of_window("long"), None);
}

#[test]
fn reasoning_is_output_unless_it_has_a_price_of_its_own() {
    let mut prices = three_tiers();
    let thinking = TokenCounts { output: 1_000_000, reasoning: 400_000, ..TokenCounts::default() };
    assert_eq!(known(&price(&used(thinking, Some(1)), &prices)), usd("10"));
    prices.hours[0].classes[TokenClass::Reasoning as usize] = Ok(ladder(&[(0, 5)]));
    assert_eq!(known(&price(&used(thinking, Some(1)), &prices)), usd("8"));
    let untold = TokenCounts { output: 1_000_000, output_untold: 1_000_000, ..TokenCounts::default() };
    let Priced::Estimated(open) = price(&used(untold, Some(1)), &prices) else { panic!() };
    assert_eq!((open.low.total(), open.point.total(), open.high.total()), (usd("5"), usd("10"), usd("10")));
}

#[test]
fn a_price_of_hours_is_a_range_over_the_day() {
    let part = |minutes, units| {
        let classes = [Ok(ladder(&[(0, units)])), none(), none(), none(), none(), none()];
        Hours { minutes, classes, request: None }
    };
    let prices = TokenPrices { hours: vec![part(960, 12), part(480, 6)] };
    let Priced::Estimated(day) = price(&used(input(1_000_000), Some(1)), &prices) else { panic!() };
    assert_eq!((day.low.total(), day.point.total(), day.high.total()), (usd("6"), usd("10"), usd("12")));
}

#[test]
fn a_fee_for_each_request_needs_a_count() {
    let mut prices = three_tiers();
    prices.hours[0].request = Some(Ladder { steps: vec![(0, usd("0.012"))], ..ladder(&[]) });
    assert_eq!(known(&price(&used(input(10), Some(1)), &prices)), usd("0.0121"));
    let Priced::Unpriced { class, .. } = price(&used(input(10), None), &prices) else { panic!() };
    assert_eq!(class, "request");
}

/// 0.3 million of the million input tokens are free; the prompts of 100,000 tokens stay in the second tier.
#[test]
fn free_tokens_cost_nothing_and_do_not_shorten_prompts() {
    let used = used(input(1_000_000), Some(10));
    let free = FreeTokens { classes: [300_000, 0, 0, 0, 0, 0], requests: 0 };
    let Priced::Estimated(cost) = price_beyond(&used, &free, &three_tiers()) else { panic!() };
    assert_eq!(cost.point.total(), usd("14"), "0.7 million at 20");
    let all = FreeTokens { classes: [2_000_000, 0, 0, 0, 0, 0], requests: 0 };
    assert_eq!(known(&price_beyond(&used, &all, &three_tiers())), Money::ZERO, "never below 0");
    let mut prices = three_tiers();
    prices.hours[0].classes[TokenClass::Reasoning as usize] = Ok(ladder(&[(0, 5)]));
    let thinking = Used {
        tokens: TokenCounts { output: 1_000_000, reasoning: 400_000, ..TokenCounts::default() },
        requests: Some(1),
        prompts: Prompts::of_row(1, Some(1)),
    };
    let some = FreeTokens { classes: [0, 0, 0, 0, 100_000, 200_000], requests: 0 };
    assert_eq!(known(&price_beyond(&thinking, &some, &prices)), usd("6"), "0.5 million at 10 and 0.2 million at 5");
}

fn counts() -> impl Strategy<Value = TokenCounts> {
    (0..2_000_000u64, 0..2_000_000u64, 0..1_000u64, 0..1_000u64, 0..100_000u64).prop_map(
        |(input, read, w5, w1, output)| TokenCounts {
            input,
            cache_read: read,
            cache_write_5m: w5,
            cache_write_1h: w1,
            output,
            reasoning: output / 2,
            output_untold: 0,
        },
    )
}

proptest! {
    /// Whatever class is left without a price, usage of it is unpriced and names a class; it never costs 0.
    #[test]
    fn what_is_unpriced_never_becomes_0(tokens in counts(), requests in prop::option::of(1..2_000u64), holes in 0..63usize) {
        let classes = std::array::from_fn(|i| if holes & (1 << i) == 0 { Ok(ladder(&[(0, 10), (90_000, 20)])) } else { none() });
        let prices = TokenPrices { hours: vec![Hours { minutes: DAY, classes, request: None }] };
        let used_classes = [tokens.input, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h, tokens.output];
        let lacks = used_classes.iter().enumerate().any(|(i, count)| {
            // Half of what an unpriced output holds is reasoning, which may have a price; the rest has none.
            *count > 0 && holes & (1 << i) != 0 && (i < 4 || tokens.output > tokens.reasoning || holes & 32 != 0)
        });
        match price(&used(tokens, requests), &prices) {
            Priced::Unpriced { class, reason } => {
                prop_assert!(lacks);
                prop_assert!(!class.is_empty() && !reason.is_empty());
            }
            Priced::Known(cost) | Priced::Estimated(cost) => {
                prop_assert!(!lacks);
                prop_assert_eq!(cost.low.total() == Money::ZERO, used_classes.iter().all(|count| *count == 0));
                prop_assert!(cost.low.total() <= cost.point.total() && cost.point.total() <= cost.high.total());
            }
        }
    }

    /// Prices three times as high cost three times as much, at both ends and between.
    #[test]
    fn scaling_a_currency_scales_all_money(tokens in counts(), requests in prop::option::of(1..2_000u64)) {
        let at = |scale: i64| {
            let dear = ladder(&[(0, 10 * scale), (90_000, 20 * scale), (128_000, 40 * scale)]);
            let classes = std::array::from_fn(|_| Ok(dear.clone()));
            let prices = TokenPrices { hours: vec![Hours { minutes: DAY, classes, request: None }] };
            match price(&used(tokens, requests), &prices) {
                Priced::Known(cost) | Priced::Estimated(cost) => [cost.low, cost.point, cost.high].map(TokenCost::total),
                Priced::Unpriced { .. } => [Money::ZERO; 3],
            }
        };
        prop_assert_eq!(at(3), at(1).map(|money| money.times(3, 1).unwrap()));
    }

    /// Single requests add up to the same in one row at their own prices as told one by one.
    #[test]
    fn equal_requests_cost_the_same_alone_and_in_a_bucket(prompt in 1..300_000u64, requests in 2..1_000u64) {
        let alone = known(&price(&used(input(prompt), Some(1)), &three_tiers()));
        let Priced::Estimated(bucket) = price(&used(input(prompt * requests), Some(requests)), &three_tiers()) else {
            return Err(TestCaseError::fail("a bucket is an estimate"));
        };
        prop_assert_eq!(bucket.point.total(), alone.times(i128::from(requests), 1).unwrap());
    }
}
