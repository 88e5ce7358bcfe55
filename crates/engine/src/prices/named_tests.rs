//! The book of what a company uses answers as the whole one does: the sample company, and lists over it.

use std::fmt::Write;

use marginline_model::Money;
use marginline_model::prices::{Purchase, Resource, TokenClass};
use marginline_store::cost::Grain;

use super::*;
use crate::import::{ImportOptions, Watch};
use crate::prices::{Model, PriceBook, Single};

/// A list of prices of what the sample company uses, spelt in any way, among many that it does not use: contracts, tiers,
/// hours, days inside a month, other currencies, a discount on everything, and amounts that a text sorts wrongly.
fn list() -> String {
    let mut list = String::from(
        "resource,provider,item,class,region,service_tier,above_tokens,window,per,amount,discount_percent,currency,contract,valid_from,valid_to\n",
    );
    for row in [
        "tokens,openai,GPT-5.1,input,,,0,,mtok,9.99,,USD,,2026-03-10,",
        "tokens,OpenAI,gpt-5.1,output,,,0,,mtok,10.1,,USD,,2026-03-10,2026-07-01",
        "tokens,openai,gpt-5.1,input,,,200000,,mtok,19,,USD,,2026-03-10,",
        "tokens,openai,gpt-5-mini,cache_write_5m,,,0,,mtok,0.000000000000000001,,USD,,2026-01-01,",
        "tokens,openai,gpt-5-mini,output,us-east-1,,0,,mtok,2.5,,EUR,,2026-05-05,",
        "tokens,Anthropic,Claude-Opus-4-5,input,,,0,08:00-16:00,mtok,4,,USD,frame 7,2026-02-15,2026-09-15",
        "tokens,anthropic,claude-haiku-4-5-20251001,cache_read,,,0,,mtok,0.05,,USD,,2026-06-06,",
        "discount,anthropic,,,,,0,,percent,,12.5,XXX,frame 7,2026-04-01,",
        "tokens,lumen,LUMEN-2-PREVIEW,input,,,0,,mtok,0.5,,USD,,2026-08-20,",
        "tokens,elsewhere,gpt-5.1,input,,,0,,mtok,1000,,USD,,2026-03-01,",
        "tokens,elsewhere,unused,input,,,0,,mtok,999.999999999999999999,,USD,,2026-03-01,2026-05-01",
        "tokens,elsewhere,unused,input,,,0,,mtok,1000000000,,EUR,,2026-03-01,",
        "tokens,elsewhere,unused,output,,,0,,mtok,123456789.5,,USD,,2026-10-01,",
        "gpu,aws,h100,,,,0,,gpu_hour,3.5,,USD,,2026-01-01,",
        "gpu,elsewhere,unused GPU,,,,0,,gpu_hour,99,,USD,,2026-06-01,",
    ] {
        let _ = writeln!(list, "{row}");
    }
    for model in 0..500 {
        let _ = writeln!(
            list,
            "tokens,openai,gpt-unused-{model},input,,,0,,mtok,{model}.25,,USD,,2026-01-{:02},",
            1 + model % 28
        );
    }
    list
}

/// The sample company, with the list beside it.
async fn company(folder: &std::path::Path) -> Engine {
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let engine = Engine::open(&folder.join("sample.db")).await.unwrap();
    engine.open_sample(now, &Watch::nobody()).await.unwrap();
    let path = folder.join("our prices.csv");
    std::fs::write(&path, list()).unwrap();
    let options = ImportOptions { format: Some("prices".into()), ..ImportOptions::plain(now) };
    let report = engine.import(&[path], &options, &Watch::nobody()).await.unwrap();
    assert_eq!(report.batches[0].rows_quarantined, 0, "{:?}", report.batches[0].problems);
    engine
}

/// What either book says to all that facts ask, told as text.
fn answers(book: &PriceBook, keys: &HashMap<i64, UsageKey>, sums: &[UsageSum], gpus: &[GpuHoursSum]) -> Vec<String> {
    let aliases = Aliases::new(Vec::new());
    let mut said = Vec::new();
    for sum in sums {
        let (key, first, last) = (&keys[&sum.key], day(&sum.first_day), day(&sum.last_day));
        for on in first.iter_days().take_while(|on| *on <= last).step_by(3) {
            for tier in [key.service_tier.as_str(), "batch"] {
                let model =
                    Model { provider: &key.provider, model: aliases.model(&key.model, on), tier, region: &key.region };
                said.push(format!("{:?} {}", book.offer(model, on), book.is_even(model, first, last)));
            }
            let bound = |class: &TokenClass| format!("{:?}", book.dearest(&key.provider, *class, on));
            said.extend(TokenClass::ALL.iter().map(bound));
        }
    }
    for sum in gpus.iter().filter(|sum| sum.hour == 0) {
        let of = Single {
            resource: Resource::Gpu,
            provider: &sum.key.provider,
            item: &sum.key.gpu,
            class: "",
            region: &sum.key.region,
            purchase: Purchase::OnDemand,
        };
        let on = day(&format!("{}-15", sum.month));
        said.push(format!("{:?} {:?}", book.single(of, on), book.dearest_gpu(on)));
    }
    said
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn some_prices_answer_as_all_of_them_do() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = company(folder.path()).await;
        let keys = engine.ledger().usage_keys().await.unwrap();
        let sums = engine.ledger().usage_sums(Grain::Month).await.unwrap();
        let gpus = engine.ledger().gpu_hours_sums().await.unwrap();
        let rules = engine.rules().await.unwrap();
        let names = Names::of(&keys, &sums, &gpus, &rules.aliases(), None);
        let some = engine.price_book_of(names, &rules.prices.order(), Vec::new()).await.unwrap();
        let all = engine.price_book().await.unwrap();
        let (some, all) = (answers(&some, &keys, &sums, &gpus), answers(&all, &keys, &sums, &gpus));
        assert!(all.len() > 1_000, "the sample asks for more than {}", all.len());
        for (some, all) in some.iter().zip(&all) {
            assert_eq!(some, all);
        }
        assert!(all.iter().any(|said| said.contains("our prices") || said.contains("own prices")), "the list is asked");

        // The dearest prices, kept and asked anew, are those of the whole list.
        let whole = engine.ledger().prices(None).await.unwrap();
        let kept = engine.dearest_prices().await.unwrap();
        assert!(engine.ledger().fact("dearest prices").await.unwrap().is_some(), "an import keeps them");
        engine.ledger().set_fact("dearest prices", "").await.unwrap();
        assert_eq!(engine.dearest_prices().await.unwrap(), kept, "as kept, so asked");
        for month in 1..=12 {
            for on in [format!("2026-{month:02}-01"), format!("2026-{month:02}-20")] {
                let classes = TokenClass::ALL.iter().map(|class| (Resource::Tokens, class.id()));
                for (resource, class) in classes.chain([(Resource::Gpu, "")]) {
                    let is = |price: &&marginline_model::prices::Price| {
                        price.resource == resource
                            && price.class == class
                            && price.currency == marginline_model::Currency::USD
                            && price.holds_on(day(&on))
                    };
                    let most: Option<Money> =
                        whole.iter().map(|stored| &stored.price).filter(is).map(|price| price.amount).max();
                    assert_eq!(kept.on(resource, class, day(&on)), most, "{resource} {class} on {on}");
                }
            }
        }
    });
}
