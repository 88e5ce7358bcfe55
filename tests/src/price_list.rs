//! Prices put into a workspace as a price list would bring them.

use std::path::Path;

use marginline_engine::Engine;
use marginline_model::prices::{Per, Price, Purchase, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money};
use marginline_store::batch::Role;
use marginline_store::import::{BlankAccount, Ending, NewBatch, Place, Rows};
use marginline_store::prices::PriceRow;

/// A list price of a million tokens of a class, from a day on, for prompts of any length.
///
/// # Panics
/// When the amount or the day is none.
#[must_use]
pub fn token_price(provider: &str, model: &str, class: &str, from: &str, amount: &str) -> Price {
    let day = from.parse().unwrap_or_else(|error| panic!("{from}: {error}"));
    Price {
        resource: Resource::Tokens,
        provider: provider.into(),
        item: model.into(),
        class: class.into(),
        region: String::new(),
        purchase: Purchase::OnDemand,
        service_tier: String::new(),
        above_tokens: 0,
        window: None,
        per: Per::Mtok,
        amount: Money::parse(amount).unwrap_or_else(|error| panic!("{amount}: {error}")),
        free_per_month_nanos: 0,
        currency: Currency::USD,
        contract: String::new(),
        valid_from: day,
        valid_to: None,
        source: "our list".into(),
        observed: day,
        evidence: Evidence::Published,
    }
}

/// Puts prices into a workspace as a batch of a format.
///
/// # Panics
/// When the workspace cannot be written.
pub fn put(workspace: &Path, format: &str, prices: Vec<Price>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("a runtime: {error}"));
    runtime.block_on(async {
        let failed = |what: String| -> ! { panic!("prices cannot be put: {what}") };
        let engine = Engine::open(workspace).await.unwrap_or_else(|error| failed(format!("{error:?}")));
        let batch = NewBatch {
            format: format.into(),
            role: Role::Reference,
            file_name: "prices.csv".into(),
            imported_at: "2026-11-02T09:30:00Z".into(),
            source_kept: false,
            content: "lines",
            given_currency: None,
            given_observed: None,
            given_provider: None,
            append_only: false,
            blank_account: BlankAccount::Own,
        };
        let rows = prices.into_iter().map(|price| PriceRow { price, place: Place::default() }).collect();
        let import = engine.ledger().begin_import(&batch, None).await;
        let mut import = import.unwrap_or_else(|error| failed(format!("{error:?}")));
        import.store(&Rows::Prices(rows)).await.unwrap_or_else(|error| failed(format!("{error:?}")));
        import.commit(&Ending::default()).await.unwrap_or_else(|error| failed(format!("{error:?}")));
        engine.ledger().close().await;
    });
}
