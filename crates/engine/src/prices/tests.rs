use marginline_model::prices::Per;
use marginline_model::prices::tokens::{Priced, Prompts, TokenCounts, Used, price};
use marginline_model::scenario::Evidence;
use marginline_store::prices::StoredPrice;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn usd(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn bundled(model: Model<'_>, date: &str) -> std::result::Result<Arc<Offer>, String> {
    PriceBook::default().offer(model, day(date))
}

fn amounts(offer: &Offer) -> [Option<Money>; 6] {
    std::array::from_fn(|class| offer.at(TokenClass::ALL[class], 1).ok().map(|(amount, _)| amount))
}

/// A list price of a million input tokens, in the own list.
fn own(model: &str, class: &str, amount: &str) -> Price {
    Price {
        resource: Resource::Tokens,
        provider: "anthropic".into(),
        item: model.into(),
        class: class.into(),
        region: String::new(),
        purchase: Purchase::OnDemand,
        service_tier: String::new(),
        above_tokens: 0,
        window: None,
        per: Per::Mtok,
        amount: usd(amount),
        free_per_month_nanos: 0,
        currency: Currency::USD,
        contract: String::new(),
        valid_from: day("2026-10-10"),
        valid_to: None,
        source: "our list".into(),
        observed: day("2026-10-10"),
        evidence: Evidence::Published,
    }
}

fn book(prices: Vec<(&str, Price)>, order: &[&str]) -> PriceBook {
    let formats: Vec<(i64, String)> =
        prices.iter().enumerate().map(|(id, (format, _))| (id as i64, (*format).into())).collect();
    let stored = prices
        .into_iter()
        .enumerate()
        .map(|(id, (_, price))| StoredPrice { id: id as i64, batch: id as i64, price })
        .collect();
    let order: Vec<String> = order.iter().map(|name| (*name).to_owned()).collect();
    PriceBook::new(Arc::default(), Layers::new(stored, &formats, &order))
}

const ORDER: [&str; 3] = ["genai-prices", "litellm", "models.dev"];

/// Anthropic's published page: Haiku 4.5 at 1 / 0.10 / 1.25 / 2 / 5 USD per million tokens.
#[test]
fn published_prices_come_back_exactly() {
    let haiku = bundled(Model::plain("anthropic", "claude-haiku-4-5"), "2026-10-15").unwrap();
    let expected = ["1", "0.1", "1.25", "2", "5"].map(|text| Some(usd(text)));
    assert_eq!(amounts(&haiku)[..5], expected);
    assert!(!haiku.is_tiered());
}

/// GPT-5.6 Sol: 4 USD in and 20 out up to 272,000 tokens of prompt, 8 and 30 above (OpenAI's page of prices).
#[test]
fn thresholds_of_the_bundled_list_come_out_as_steps() {
    let sol = bundled(Model::plain("openai", "gpt-5.6-sol"), "2026-10-15").unwrap();
    let input = sol.prices.hours[0].class(TokenClass::Input).unwrap();
    assert_eq!(input.steps, [(0, usd("4")), (272_000, usd("8"))]);
    let cost = |prompt| {
        let tokens = TokenCounts { input: prompt, ..TokenCounts::default() };
        match price(&Used { tokens, requests: Some(1), prompts: Prompts::of_row(prompt, Some(1)) }, &sol.prices) {
            Priced::Known(cost) => cost.point.total(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((cost(272_000), cost(272_001)), (usd("1.088"), usd("2.176008")), "the whole request jumps");
    let coder = bundled(Model::plain("openrouter", "qwen/qwen3-coder-flash"), "2026-10-19").unwrap();
    let steps: Vec<u64> =
        coder.prices.hours[0].class(TokenClass::Input).unwrap().steps.iter().map(|(above, _)| *above).collect();
    assert_eq!(steps, [0, 32_000, 128_000]);
}

#[test]
fn service_tiers_are_priced_where_the_list_has_them_and_never_at_the_standard_price() {
    let tier = |model, tier, date| bundled(Model { tier, ..Model::plain("openai", model) }, date);
    let batch = tier("gpt-5.6-sol", "batch", "2026-10-15").unwrap();
    assert_eq!(amounts(&batch)[0], Some(usd("2")));
    assert_eq!(amounts(&tier("gpt-5.6-sol", "priority", "2026-10-15").unwrap())[4], Some(usd("40")));
    let misspelt = tier("gpt-5.6-sol", "bacth", "2026-10-15").unwrap_err();
    assert!(misspelt.contains("service tier") && misspelt.contains("bacth"), "{misspelt}");
    let before = tier("gpt-5.6-sol", "batch", "2026-09-15").unwrap_err();
    assert!(before.contains("\"batch\""), "before its history begins: {before}");
    assert_eq!(tier("gpt-5.6-sol", "default", "2026-10-15"), tier("gpt-5.6-sol", "", "2026-10-15"));
    let anthropic = bundled(Model { tier: "priority", ..Model::plain("anthropic", "claude-haiku-4-5") }, "2026-10-15");
    assert!(anthropic.is_err(), "a tier of another provider");
}

/// DeepSeek's chat model costs half from 16:30 to 00:30 UTC (its page of prices).
#[test]
fn hours_of_the_day_come_out_of_the_bundled_list() {
    let chat = bundled(Model::plain("deepseek", "deepseek-chat"), "2026-10-15").unwrap();
    let hours: Vec<(u16, Money)> = chat
        .prices
        .hours
        .iter()
        .map(|hours| (hours.minutes, hours.class(TokenClass::Input).unwrap().at(1).unwrap()))
        .collect();
    assert_eq!(hours, [(480, usd("0.135")), (960, usd("0.27"))]);
    assert_eq!(chat.at(TokenClass::Input, 1), Ok((usd("0.225"), Currency::USD)), "a third at half the price");
}

#[test]
fn what_has_no_price_is_unpriced_and_never_zero() {
    let reason = |provider, model| bundled(Model::plain(provider, model), "2026-10-15").unwrap_err();
    assert!(reason("lumen", "lumen-2-preview").contains("lumen"));
    assert!(reason("openai", "no-such-model-at-all").contains("no-such-model"));
    let mini = bundled(Model::plain("openai", "gpt-5-mini"), "2026-10-15").unwrap();
    assert!(mini.at(TokenClass::CacheWrite5m, 1).is_err(), "a class without a price of its own");
    let embedding = bundled(Model::plain("openai", "text-embedding-3-small"), "2026-10-15").unwrap();
    assert!(embedding.at(TokenClass::Input, 1).is_ok());
    assert!(embedding.at(TokenClass::Output, 1).is_err(), "the list has no output price, which is not 0");
    let free = bundled(Model::plain("openrouter", "openai/gpt-oss-20b:free"), "2026-10-15").unwrap();
    assert_eq!(free.at(TokenClass::Output, 1), Ok((Money::ZERO, Currency::USD)), "free, and says so in its name");
}

/// Models of every provider: what is remembered of a month is what each day says.
#[test]
fn a_month_is_asked_once_and_says_what_each_day_says() {
    use genai_prices::Calculator;
    let list = Bundled::default();
    let month: Month = "2026-10".parse().unwrap();
    let mut changes = 0;
    for provider in Calculator::bundled().providers() {
        for model in provider.models().step_by(23) {
            let changed = list.changes(provider.id(), model.id(), "", month);
            changes += changed.len();
            let mut asked: Vec<NaiveDate> = vec![day("2026-10-01"), day("2026-10-31")];
            asked.extend(changed.iter().flat_map(|day| [day.pred_opt().unwrap(), *day]));
            for date in asked {
                let fresh = Bundled::default().listed(provider.id(), model.id(), "", date);
                assert_eq!(list.listed(provider.id(), model.id(), "", date), fresh, "{} {date}", model.id());
            }
        }
    }
    assert!(changes > 0, "some price changed within the month");
}

#[test]
fn layers_are_asked_in_order_class_by_class() {
    let contract = Price { contract: "MSA 7".into(), source: "MSA 7".into(), ..own("claude-haiku-4-5", "output", "3") };
    let litellm = own("claude-haiku-4-5", "reasoning", "9");
    let book = book(
        vec![
            ("prices", own("claude-haiku-4-5", "output", "4")),
            ("prices", own("claude-haiku-4-5", "input", "0.9")),
            ("litellm-prices", litellm),
            ("price-edit", contract),
        ],
        &ORDER,
    );
    let offer = book.offer(Model::plain("anthropic", "claude-haiku-4-5-20251001"), day("2026-10-15")).unwrap();
    let [input, read, _, _, output, reasoning] = amounts(&offer);
    assert_eq!((input, output), (Some(usd("0.9")), Some(usd("3"))), "own list and contract, under the list's name");
    assert_eq!((read, reasoning), (Some(usd("0.1")), Some(usd("9"))), "the bundled list, and another behind it");
    let before = book.offer(Model::plain("anthropic", "claude-haiku-4-5"), day("2026-10-09")).unwrap();
    assert_eq!(amounts(&before)[0], Some(usd("1")), "a price moves no earlier day");
    let haiku = Model::plain("anthropic", "claude-haiku-4-5");
    assert!(!book.is_even(haiku, day("2026-10-01"), day("2026-10-31")));
    assert!(book.is_even(haiku, day("2026-10-10"), day("2026-10-31")));
}

#[test]
fn lists_are_asked_in_the_order_of_the_rules() {
    let litellm = own("claude-haiku-4-5", "input", "0.5");
    let asked = |order: &[&str]| {
        let offer = book(vec![("litellm-prices", litellm.clone())], order)
            .offer(Model::plain("anthropic", "claude-haiku-4-5"), day("2026-10-15"));
        amounts(&offer.unwrap())[0]
    };
    assert_eq!(asked(&ORDER), Some(usd("1")));
    assert_eq!(asked(&["litellm", "genai-prices"]), Some(usd("0.5")));
    assert_eq!(asked(&["litellm"]), Some(usd("0.5")), "the bundled list is left out");
}

#[test]
fn a_discount_is_taken_off_list_prices_and_not_off_contract_prices() {
    let discount = Price {
        resource: Resource::Discount,
        item: String::new(),
        class: String::new(),
        per: Per::Percent,
        contract: "MSA 7".into(),
        ..own("", "", "20")
    };
    let contract = Price { contract: "MSA 7".into(), ..own("claude-haiku-4-5", "output", "3") };
    let book = book(vec![("prices", discount), ("prices", contract)], &ORDER);
    let offer = book.offer(Model::plain("anthropic", "claude-haiku-4-5"), day("2026-10-15")).unwrap();
    assert_eq!((amounts(&offer)[0], amounts(&offer)[4]), (Some(usd("0.8")), Some(usd("3"))));
    assert!(offer.sources().iter().any(|source| source.contains("less 20%")), "{:?}", offer.sources());
}

#[test]
fn a_price_taken_off_the_list_is_unpriced_whatever_other_lists_say() {
    let gone = Price {
        valid_to: Some(day("2026-10-20")),
        valid_from: day("2026-10-20"),
        ..own("claude-haiku-4-5", "input", "0")
    };
    let book = book(vec![("price-edit", gone)], &ORDER);
    let on = |date| book.offer(Model::plain("anthropic", "claude-haiku-4-5"), day(date)).unwrap();
    assert!(on("2026-10-19").at(TokenClass::Input, 1).is_ok());
    assert!(on("2026-10-20").at(TokenClass::Input, 1).unwrap_err().contains("off the list"));
}

#[test]
fn the_dearest_known_price_of_a_class_bounds_what_has_none() {
    let book = book(vec![("prices", own("house-model", "output", "9000"))], &ORDER);
    let output = |provider, date| book.dearest(provider, TokenClass::Output, day(date)).unwrap();
    assert_eq!(output("anthropic", "2026-10-15"), usd("9000"));
    assert!(output("anthropic", "2026-10-01") >= usd("75"), "Opus costs as much");
    assert!(output("lumen", "2026-10-01") >= output("anthropic", "2026-10-01"), "of all providers");
}
