//! The prices screen, as the engine makes it for the window.

use chrono::{DateTime, Utc};
use marginline_engine::Engine;
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{
    ChartRequest, PriceDraft, PriceItem, PricesQuery, PricesView, RowKind, Size, TableRequest, Theme,
};
use marginline_tests::cli::Desk;

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

/// The sample company, and what is asked of it.
fn ask<F: Future<Output = ()>>(work: impl FnOnce(Engine) -> F) {
    let desk = Desk::with_sample();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async { work(Engine::open(&desk.workspace()).await.unwrap()).await });
}

fn cell(view: &PricesView, item: &str, tier: &str, above: &str, column: &str) -> Option<String> {
    let at = |id: &str| view.table.columns.iter().position(|head| head.id == id);
    let is = |cells: &[marginline_engine::view::Cell], id: &str, wanted: &str, usual: &str| {
        at(id).map_or(wanted == usual, |at| cells[at].value.as_deref() == Some(wanted))
    };
    let row = view.table.rows.iter().find(|row| {
        is(&row.cells, "item", item, "")
            && is(&row.cells, "service_tier", tier, "")
            && is(&row.cells, "above_tokens", above, "0")
    })?;
    row.cells[at(column)?].value.clone()
}

/// Anthropic's published page: Haiku 4.5 at 1 / 0.10 / 5 USD per million tokens.
#[test]
fn models_in_use_are_shown_with_the_prices_of_the_day() {
    ask(|engine| async move {
        let view = engine.prices_view(&PricesQuery::default(), Some(now().date_naive())).await.unwrap();
        assert_eq!((view.resource.as_str(), view.as_of.as_str()), ("tokens", "2026-10-31"), "the last day with data");
        let haiku = |column| cell(&view, "claude-haiku-4-5", "", "0", column);
        assert_eq!(
            [haiku("input"), haiku("cache_read"), haiku("output")],
            ["1", "0.1", "5"].map(|p| Some(p.to_owned()))
        );
        let unpriced: Vec<&str> = (view.table.rows.iter().zip(&view.items))
            .filter(|(row, _)| row.kind == RowKind::Unassigned)
            .map(|(_, item)| item.item.as_str())
            .collect();
        assert_eq!(unpriced, ["lumen-2-preview"], "what has no price stays in the list");
        assert!(view.notices.iter().any(|notice| notice.id == "unpriced"), "{:?}", view.notices);
        assert_eq!(view.table.rows.len(), view.items.len());
    });
}

#[test]
fn a_price_set_by_hand_says_what_it_would_change_and_then_counts() {
    ask(|engine| async move {
        let draft = PriceDraft {
            resource: "tokens".into(),
            provider: "lumen".into(),
            item: "lumen-2-preview".into(),
            class: "input".into(),
            amount: "0.5".into(),
            currency: "USD".into(),
            per: "mtok".into(),
            valid_from: "2026-10-01".into(),
            reason: "quotation 17".into(),
            ..PriceDraft::default()
        };
        let effect = engine.price_effect(&draft, now()).await.unwrap();
        let nothing = engine.prices_view(&PricesQuery::default(), None).await.unwrap();
        assert_eq!(cell(&nothing, "lumen-2-preview", "", "0", "input"), None, "asking keeps nothing: {}", effect.text);
        engine.keep_price(&draft, now()).await.unwrap();
        let view = engine.prices_view(&PricesQuery::default(), None).await.unwrap();
        assert_eq!(cell(&view, "lumen-2-preview", "", "0", "input").as_deref(), Some("0.5"));
        let refused = engine.keep_price(&PriceDraft { amount: "cheap".into(), ..draft }, now()).await.unwrap_err();
        assert!(refused.to_string().contains("amount"), "{refused}");
    });
}

#[test]
fn a_gpu_is_compared_by_region_and_a_model_by_its_history() {
    ask(|engine| async move {
        let look = Look { size: Size { width: 900, height: 420 }, theme: Theme::Light, titled: false };
        let gpus = PricesQuery {
            resource: Some("gpu".into()),
            as_of: Some("2026-11-21".into()),
            all: true,
            item: Some(PriceItem { provider: String::new(), item: "H100".into() }),
            ..PricesQuery::default()
        };
        let view = engine.prices_view(&gpus, None).await.unwrap();
        let item = view.item.unwrap();
        assert!(item.has_regions && item.lines.len() > 3, "{:?}", item.lines.len());
        let chart = engine.chart(&ChartRequest::PriceRegions { query: gpus.clone() }, look).await.unwrap();
        assert_eq!(chart.marks[0].label, "H100", "what is looked at comes first");
        let table = engine.table(&TableRequest::Prices { query: gpus }).await.unwrap();
        assert_eq!(table.rows, view.table.rows, "the file has what the screen has");
        let model = PricesQuery {
            item: Some(PriceItem { provider: "anthropic".into(), item: "claude-haiku-4-5".into() }),
            ..PricesQuery::default()
        };
        let chart = engine.chart(&ChartRequest::PriceHistory { query: model }, look).await.unwrap();
        assert!(chart.marks.iter().any(|mark| mark.series == "output" && mark.shown.contains('5')), "{:?}", chart.alt);
    });
}

#[test]
fn a_word_that_is_none_is_refused() {
    ask(|engine| async move {
        for (resource, day) in [("spoons", "2026-10-01"), ("gpu", "yesterday")] {
            let query =
                PricesQuery { resource: Some(resource.into()), as_of: Some(day.into()), ..PricesQuery::default() };
            let refused = engine.prices_view(&query, None).await.unwrap_err().to_string();
            assert!(refused.contains("spoons") || refused.contains("yesterday"), "{refused}");
        }
    });
}
