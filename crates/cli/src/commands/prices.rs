//! `marginline prices`: what is known of prices, where each comes from, and setting one by hand.

use chrono::{Months, NaiveDate};
use marginline_engine::import::ImportOptions;
use marginline_engine::prices::compare;
use marginline_engine::prices::edit::PriceEdit;
use marginline_engine::prices::listing::PriceFilter;
use marginline_engine::prices::{regions, table};
use marginline_engine::view::Table;
use marginline_engine::{EngineError, Result};

use super::{Context, import};
use crate::Done;
use crate::args::{OutputArgs, PriceArgs, PriceSetArgs, Prices};

pub(crate) async fn run(context: &mut Context<'_>, prices: Prices) -> Result<Done> {
    match prices {
        Prices::List { prices, as_of, output } => {
            let (filter, today) = (filter(&prices)?, today(context));
            let engine = context.engine().await?;
            let as_of = as_of.as_deref().map(day).transpose()?;
            let found = match as_of {
                Some(date) => engine.prices_as_of(&filter, date).await?,
                None => engine.listed_prices(&filter, today).await?,
            };
            show(context, table::list(&found, as_of), &output)
        }
        Prices::AsOf { date, prices, output } => {
            let date = day(&date)?;
            let found = context.engine().await?.prices_as_of(&filter(&prices)?, date).await?;
            show(context, table::list(&found, Some(date)), &output)
        }
        Prices::Import { paths, format, observed, provider, dry_run } => {
            let options = ImportOptions { format, dry_run, ..ImportOptions::plain(context.io.now) };
            import::run(context, &paths, &options.of_list(observed.as_deref(), provider)?).await
        }
        Prices::History { prices, from, to, output } => {
            let (from, to) = span(context, from.as_deref(), to.as_deref())?;
            let history = context.engine().await?.price_history(&filter(&prices)?, from, to).await?;
            show(context, table::history(&history), &output)
        }
        Prices::Conflicts { prices, as_of, output } => {
            let date = as_of.as_deref().map_or_else(|| Ok(today(context)), day)?;
            let found = context.engine().await?.price_conflicts(&filter(&prices)?, date).await?;
            show(context, table::conflicts(&found, date), &output)
        }
        Prices::Regions { items, within, from, currency, prices, as_of, output } => {
            let from = from.as_deref().map(regions::named).transpose()?;
            let date = as_of.as_deref().map_or_else(|| Ok(today(context)), day)?;
            let currency = compare::currency(&currency)?;
            let found = context.engine().await?.price_regions(&items, &filter(&prices)?, date, currency).await?;
            let (found, unknown) = match &within {
                None => (found, 0),
                Some(area) => found.within(area),
            };
            let mut shown = table::regions(&found);
            if let Some(area) = within {
                shown.subtitle = format!("{}, within {area}", shown.subtitle);
            }
            if unknown > 0 {
                shown.notes.push(format!("{unknown} regions are left out because nobody says whose law holds there"));
            }
            if let Some(from) = from {
                shown = table::with_distances(shown, &found, from);
            }
            show(context, shown, &output)
        }
        Prices::Set(arguments) => set(context, &arguments).await,
    }
}

fn today(context: &Context<'_>) -> NaiveDate {
    context.io.now.date_naive()
}

pub(crate) fn day(text: &str) -> Result<NaiveDate> {
    text.parse().map_err(|_| EngineError::usage(format!("{text:?} is no day")).then("write it as 2026-11-20"))
}

/// The days asked for; two years up to today when none are.
pub(crate) fn span(context: &Context<'_>, from: Option<&str>, to: Option<&str>) -> Result<(NaiveDate, NaiveDate)> {
    let to = to.map_or_else(|| Ok(today(context)), day)?;
    let from = from.map_or_else(|| Ok(to - Months::new(24)), day)?;
    Ok((from, to))
}

pub(crate) fn filter(arguments: &PriceArgs) -> Result<PriceFilter> {
    PriceFilter {
        provider: arguments.provider.clone(),
        item: arguments.item.clone(),
        region: arguments.region.clone(),
        tier: arguments.tier.clone(),
        class: arguments.class.clone(),
        source: arguments.source.clone(),
        ..PriceFilter::default()
    }
    .with_words(arguments.resource.as_deref(), arguments.purchase.as_deref())
}

/// On the terminal without the columns that no row fills.
fn show(context: &mut Context<'_>, found: Table, output: &OutputArgs) -> Result<Done> {
    let json = table::json(&found);
    let plain = output.format.is_none() && output.output.is_none();
    let shown = if plain { table::shortened(found) } else { found };
    context.output(&shown, &json, output.format, output.output.as_deref())
}

async fn set(context: &mut Context<'_>, arguments: &PriceSetArgs) -> Result<Done> {
    let optional = [
        ("resource", &arguments.resource),
        ("class", &arguments.class),
        ("region", &arguments.region),
        ("purchase", &arguments.purchase),
        ("service_tier", &arguments.tier),
        ("above_tokens", &arguments.above_tokens),
        ("window", &arguments.window),
        ("free_per_month", &arguments.free_per_month),
        ("per", &arguments.per),
        ("amount", &arguments.amount),
        ("discount_percent", &arguments.discount_percent),
        ("currency", &arguments.currency),
        ("contract", &arguments.contract),
        ("valid_to", &arguments.valid_to),
    ];
    let mut edit = PriceEdit::default()
        .with("provider", &arguments.provider)?
        .with("item", arguments.item.as_deref().unwrap_or_default())?
        .with("valid_from", &arguments.valid_from)?
        .with("reason", &arguments.reason)?;
    for (column, value) in optional {
        if let Some(value) = value {
            edit = edit.with(column, value)?;
        }
    }
    let (engine, now) = (context.engine().await?, context.io.now);
    if arguments.dry_run {
        let change = engine.try_price(&edit, now).await?;
        context.say("dry run: nothing was stored");
        let shown = table::change(&change);
        return context.output(&shown, &table::json(&shown), None, None);
    }
    let report = engine.set_price(&edit, now).await?;
    import::print(context, &report, false)
}
