//! `token-cost` and `cache-break-even`.

use marginline_model::token_cost::{self as model, ByClass, CLASSES, Prices, Tier};
use serde_json::Value;

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

/// Multipliers that sellers do not apply to agent sessions (Claude pricing page, managed agents).
const NOT_FOR_SESSIONS: [&str; 4] = ["batch", "fast", "geo", "residency"];

/// What a request or a bucket of requests costs.
pub(super) fn token_cost(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = ["tokens", "usd_per_mtok", "multipliers", "fees", "tiers", "requests", "flags"];
    input.knows(&known, notes)?;
    let tokens = by_class(&input.get("tokens"))?.map(|tokens| tokens.unwrap_or(0.0));
    let base: Prices = by_class(&input.get("usd_per_mtok"))?;
    if let Some(class) = model::unpriced(&tokens, &base) {
        let price = input.get("usd_per_mtok").get(CLASSES[class]);
        return Err(
            price.refuse(format!("a price, since tokens.{} is {}; 0 if they are free", CLASSES[class], tokens[class]))
        );
    }
    let tiers = tiers(&input.get("tiers"), &tokens, notes)?;
    let factors = factors(input, notes)?;
    let fees = fees(&input.get("fees"))?;
    let requests = input.get("requests").there().map_or(Ok(1.0), Field::whole_number)?;
    let bucket = model::bucket(&tokens, requests, &base, &tiers, &factors);
    let by_class = CLASSES.iter().zip(bucket.point.by_class).zip(tokens);
    let by_class = by_class.filter(|(_, tokens)| *tokens > 0.0).map(|((class, usd), _)| (*class, figure(usd)));
    let mut answer = Answer::of("token-cost")
        .put("usd", figure(bucket.point.usd() + fees))
        .put_in("USD", "by_class", named(by_class))
        .put_in("USD", "fees", figure(fees))
        .put_in("prompt tokens above which it holds; null is the base", "tier", maybe(bucket.point.tier));
    if requests > 1.0 {
        answer = answer.put_in("USD", "low", figure(bucket.low_usd + fees)).put_in(
            "USD",
            "high",
            figure(bucket.high_usd + fees),
        );
        if bucket.low_usd < bucket.high_usd {
            answer = answer.evidence("estimated");
        }
    }
    Ok(answer)
}

/// Figures of the six classes; another class is refused, since nobody would know how to bill it.
fn by_class(field: &Field) -> Result<Prices, Refusal> {
    let mut figures = [None; 6];
    for (name, each) in field.fields()? {
        let Some(index) = CLASSES.iter().position(|class| *class == name) else {
            return Err(each.refuse_as(format!("a class {name:?}"), format!("one of {}", CLASSES.join(", "))));
        };
        figures[index] = each.there().map(Field::amount).transpose()?;
    }
    Ok(figures)
}

fn tiers(field: &Field, tokens: &ByClass, notes: &mut Notes) -> Result<Vec<Tier>, Refusal> {
    let Some(field) = field.there() else { return Ok(Vec::new()) };
    let mut tiers: Vec<Tier> = Vec::new();
    for item in field.items()? {
        item.knows(&["above_prompt_tokens", "usd_per_mtok"], notes)?;
        let above = item.get("above_prompt_tokens");
        let tier = Tier { above_prompt_tokens: above.amount()?, usd_per_mtok: by_class(&item.get("usd_per_mtok"))? };
        if tiers.iter().any(|other| other.above_prompt_tokens == tier.above_prompt_tokens) {
            return Err(above.refuse("each threshold once"));
        }
        let gaps = CLASSES.iter().zip(tokens).zip(tier.usd_per_mtok);
        for ((class, _), _) in gaps.filter(|((class, tokens), price)| {
            // Reasoning follows output wherever it has no price.
            **tokens > 0.0 && price.is_none() && **class != "reasoning"
        }) {
            notes.tell(format!("{}.usd_per_mtok.{class} is missing: that of the tier below is used", item.path()));
        }
        tiers.push(tier);
    }
    Ok(tiers)
}

/// Product of the multipliers of each class.
fn factors(input: &Field, notes: &mut Notes) -> Result<ByClass, Refusal> {
    let flags = input.get("flags");
    if let Some(flags) = flags.there() {
        flags.knows(&["batch", "session"], notes)?;
    }
    let (is_batch, is_session) = (flags.get("batch").flag()?, flags.get("session").flag()?);
    if is_batch && is_session {
        notes.tell("flags.batch is refused: a session has no batch price, and is billed without it");
    }
    let mut factors = [1.0; 6];
    let mut is_batch_priced = false;
    let list = input.get("multipliers");
    for item in list.there().map_or(Ok(Vec::new()), Field::items)? {
        item.knows(&["name", "factor", "classes"], notes)?;
        let name = item.get("name").text()?;
        let factor = item.get("factor").amount()?;
        let chosen = classes(&item.get("classes"))?;
        let word = name.to_ascii_lowercase();
        is_batch_priced |= word.contains("batch");
        if is_session && NOT_FOR_SESSIONS.iter().any(|refused| word.contains(refused)) {
            notes.tell(format!("{} ({name}) is refused: it does not apply to sessions", item.path()));
            continue;
        }
        for (index, each) in factors.iter_mut().enumerate() {
            if chosen[index] {
                *each *= factor;
            }
        }
    }
    if is_batch && !is_session && !is_batch_priced {
        notes.tell("flags.batch is set and no multiplier is named batch: usd_per_mtok is taken as the batch price");
    }
    Ok(factors)
}

fn classes(field: &Field) -> Result<[bool; 6], Refusal> {
    let Some(field) = field.there() else { return Ok([true; 6]) };
    let mut chosen = [false; 6];
    for item in field.items()? {
        let words: Vec<(&str, usize)> = CLASSES.iter().enumerate().map(|(index, class)| (*class, index)).collect();
        chosen[item.choice(&words)?] = true;
    }
    Ok(chosen)
}

fn fees(field: &Field) -> Result<f64, Refusal> {
    let items = field.there().map_or(Ok(Vec::new()), Field::items)?;
    items.iter().map(|fee| fee.get("usd").amount()).sum()
}

/// From how many reads on a prompt cache pays.
pub(super) fn cache_break_even(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["write_mult", "read_mult"], notes)?;
    let reads = model::cache_break_even(input.get("write_mult").amount()?, input.get("read_mult").amount()?);
    // A count is shown without decimals.
    let reads = reads.map_or(Value::Null, |reads| Value::from(reads as u64));
    Ok(Answer::of("cache-break-even").put_in("reads; null is never", "reads", reads))
}
