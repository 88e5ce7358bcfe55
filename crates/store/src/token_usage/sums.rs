//! Sums of token usage by month, by day, and by the length of prompts.

use marginline_model::Money;
use marginline_model::prices::tokens::Prompts;
use sqlx::Row;

use super::{Tokens, UsageSum};
use crate::cost::Grain;
use crate::month::{above_tokens, prompt, reasoning, single};
use crate::{Ledger, StoreError};

/// Prompt lengths at which prices of long prompts commonly step. Sums of usage keep apart what lies between them; where
/// a price steps elsewhere its usage is read row by row.
pub const PROMPT_STEPS: [u64; 12] =
    [32_000, 64_000, 100_000, 128_000, 199_999, 200_000, 256_000, 262_144, 272_000, 512_000, 524_288, 1_000_000];

const BY_MONTH: &str = "SELECT key_id, month, MIN(first_day), MAX(last_day), SUM(requests), SUM(requests_missing), \
     SUM(input_tokens), SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens), SUM(output_tokens), \
     SUM(quantity_units), SUM(quantity_nanos), SUM(claimed_units), SUM(claimed_nanos), SUM(claimed_attos), \
     SUM((untold = 1) * rows), b.format, single, above_tokens, SUM(reasoning_tokens), SUM(output_untold_tokens) \
     FROM usage_month JOIN batch b ON b.id = batch_id GROUP BY key_id, month, untold, b.format, single, above_tokens";
/// What a sum over rows begins with; what follows says over which.
macro_rules! over_rows {
    ($more:literal) => {
        concat!(
            "SELECT key_id, usage_date, usage_date, usage_date, COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests), \
             SUM(input_tokens), SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens), SUM(output_tokens), \
             COALESCE(SUM(quantity_nanos / 1000000000), 0), COALESCE(SUM(quantity_nanos % 1000000000), 0), \
             COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos / 1000000000 END), 0), \
             COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos % 1000000000 END), 0), \
             COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_attos END), 0), \
             COUNT(*) - COALESCE(SUM(claimed_currency = 'USD'), 0), b.format, ",
            single!(), " AS single, ", above_tokens!(), " AS above_tokens, ", reasoning!(), $more,
            " FROM token_usage JOIN batch b ON b.id = batch_id WHERE replaced_by IS NULL "
        )
    };
}
const BY_DAY: &str = concat!(
    over_rows!(""),
    "GROUP BY key_id, usage_date, claimed_currency IS NOT 'USD', claimed_nanos = 0 AND claimed_attos = 0, b.format, \
     19, 20"
);
const BY_PROMPT: &str = concat!(
    over_rows!(", COUNT(*)"),
    "AND key_id = ? AND substr(usage_date, 1, 7) = ? GROUP BY key_id, usage_date, claimed_currency IS NOT 'USD', \
     claimed_nanos = 0 AND claimed_attos = 0, b.format, requests, ",
    prompt!()
);
const SUM_SHAPE: &str = "c1, c2, c3, c4, c5, c6, json_array(c7, c8, c9, c10, c11), json_array(c12, c13), \
     json_array(c14, c15, c16), c17, c18, json_array(c19, c20), json_array(c21, c22)";

/// Key, month or day, first and last day; requests and the rows that count none; tokens; units of the quantity and
/// the nanos below them; units of the claimed cost, the nanos and the attos below them; rows that claim none; format;
/// whether rows are single requests and the step they exceed; reasoning, and output that does not tell it.
type SumRow =
    (i64, String, String, String, u64, u64, [u64; 5], (i64, i64), (i64, i64, i64), u64, String, (i64, i64), (u64, u64));

/// What a sum says of its prompts.
fn prompts_of(single: bool, above: i64) -> Prompts {
    match (single, u64::try_from(above)) {
        (_, Err(_)) => Prompts::Unknown,
        (true, Ok(above)) => Prompts::Within { above, up_to: PROMPT_STEPS.iter().copied().find(|step| *step > above) },
        (false, Ok(above)) => Prompts::About { above },
    }
}

fn sum_of(row: SumRow) -> UsageSum {
    let (
        key,
        _,
        first_day,
        last_day,
        requests,
        requests_missing,
        tokens,
        quantity,
        claimed,
        claimed_missing,
        format,
        ..,
    ) = row;
    let ((single, above), (reasoning, output_untold)) = (row.11, row.12);
    let [input, cache_read, cache_write_5m, cache_write_1h, output] = tokens;
    UsageSum {
        key,
        first_day,
        last_day,
        requests,
        requests_missing,
        tokens: Tokens { input, cache_read, cache_write_5m, cache_write_1h, output },
        reasoning,
        output_untold,
        prompts: prompts_of(single != 0, above),
        quantity_nanos: i128::from(quantity.0) * 1_000_000_000 + i128::from(quantity.1),
        claimed_usd: Money::from_sums(claimed.0, claimed.1, claimed.2),
        claimed_missing,
        format,
    }
}

/// A sum over rows of one day that count the same requests and the same prompt tokens.
fn exact_sum(row: &sqlx::sqlite::SqliteRow) -> Result<UsageSum, StoreError> {
    let count = |index: usize| -> Result<u64, StoreError> { Ok(row.try_get(index)?) };
    let whole = |index: usize| -> Result<i64, StoreError> { Ok(row.try_get(index)?) };
    let tokens = [count(6)?, count(7)?, count(8)?, count(9)?, count(10)?];
    let sums = (
        whole(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
        count(4)?,
        count(5)?,
        tokens,
        (whole(11)?, whole(12)?),
        (whole(13)?, whole(14)?, whole(15)?),
        count(16)?,
        row.try_get(17)?,
        (whole(18)?, whole(19)?),
        (count(20)?, count(21)?),
    );
    let mut sum = sum_of(sums);
    let rows: u64 = count(22)?;
    let each = |total: u64| total / rows.max(1);
    let requests = (sum.requests_missing == 0).then(|| each(sum.requests));
    sum.prompts = Prompts::of_row(each(sum.tokens.all_input()), requests);
    Ok(sum)
}

impl Ledger {
    /// Usage by key and month, or by key and day.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a count leaves the ledger's range.
    pub async fn usage_sums(&self, grain: Grain) -> Result<Vec<UsageSum>, StoreError> {
        let sql = match grain {
            Grain::Month => BY_MONTH,
            Grain::Day => BY_DAY,
        };
        let mut rows: Vec<SumRow> = self.lists(sql, 22, SUM_SHAPE).await?;
        rows.sort_unstable_by(|a, b| (a.0, &a.1, a.9 > 0, &a.10, a.11).cmp(&(b.0, &b.1, b.9 > 0, &b.10, b.11)));
        Ok(rows.into_iter().map(sum_of).collect())
    }

    /// Usage of a key in a month by the very length of its prompts, for prices that step where others do not.
    ///
    /// # Errors
    /// [`StoreError::Overflow`] when a count leaves the ledger's range.
    pub async fn usage_sums_by_prompt(&self, key: i64, month: &str) -> Result<Vec<UsageSum>, StoreError> {
        let rows = sqlx::query(BY_PROMPT).bind(key).bind(month).fetch_all(&mut *self.connection().await?).await?;
        rows.iter().map(exact_sum).collect()
    }
}
