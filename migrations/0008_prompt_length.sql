-- How long prompts are, in the sums by month, so that prices that step with the prompt's length fall on whole requests
-- without looking at rows. Rows are summed apart by whether each is one request (or too short for any step) and by the
-- largest common step that their prompt, or the mean of their prompts, exceeds. Reasoning is part of output, and may
-- have a price of its own.
DROP TABLE usage_month;
CREATE TABLE usage_month (
    batch_id              INTEGER NOT NULL REFERENCES batch (id),
    key_id                INTEGER NOT NULL, -- of usage_key
    month                 TEXT    NOT NULL,
    untold                INTEGER NOT NULL, -- 0 claims a cost, 1 does not say what it cost, 2 claims that it cost nothing
    single                INTEGER NOT NULL, -- 1: each row is one request, or no prompt in it can reach a step
    above_tokens          INTEGER NOT NULL, -- largest step that prompts exceed; -1: requests are not counted
    rows                  INTEGER NOT NULL,
    first_day             TEXT    NOT NULL,
    last_day              TEXT    NOT NULL,
    requests              INTEGER NOT NULL, -- over the rows that count them
    requests_missing      INTEGER NOT NULL, -- rows that do not
    input_tokens          INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    reasoning_tokens      INTEGER NOT NULL, -- over the rows that tell them
    output_untold_tokens  INTEGER NOT NULL, -- output of the rows that do not
    quantity_units        INTEGER NOT NULL,
    quantity_nanos        INTEGER NOT NULL,
    claimed_units         INTEGER NOT NULL,
    claimed_nanos         INTEGER NOT NULL,
    claimed_attos         INTEGER NOT NULL,
    PRIMARY KEY (batch_id, key_id, month, untold, single, above_tokens)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_month
SELECT batch_id, key_id, substr(usage_date, 1, 7),
       CASE WHEN claimed_currency IS NOT 'USD' THEN 1 WHEN claimed_nanos = 0 AND claimed_attos = 0 THEN 2 ELSE 0 END,
       requests IS 1 OR prompt <= 32000,
       CASE WHEN prompt <= 32000 THEN 0 WHEN COALESCE(requests, 0) = 0 THEN -1
            WHEN prompt > 1000000 * requests THEN 1000000 WHEN prompt > 524288 * requests THEN 524288
            WHEN prompt > 512000 * requests THEN 512000 WHEN prompt > 272000 * requests THEN 272000
            WHEN prompt > 262144 * requests THEN 262144 WHEN prompt > 256000 * requests THEN 256000
            WHEN prompt > 200000 * requests THEN 200000 WHEN prompt > 199999 * requests THEN 199999
            WHEN prompt > 128000 * requests THEN 128000 WHEN prompt > 100000 * requests THEN 100000
            WHEN prompt > 64000 * requests THEN 64000 WHEN prompt > 32000 * requests THEN 32000 ELSE 0 END,
       COUNT(*), MIN(usage_date), MAX(usage_date), COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests),
       SUM(input_tokens), SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens),
       SUM(output_tokens), COALESCE(SUM(reasoning_tokens), 0),
       COALESCE(SUM(CASE WHEN reasoning_tokens IS NULL THEN output_tokens END), 0),
       COALESCE(SUM(quantity_nanos / 1000000000), 0), COALESCE(SUM(quantity_nanos % 1000000000), 0),
       COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos / 1000000000 END), 0),
       COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos % 1000000000 END), 0),
       COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_attos END), 0)
FROM (SELECT *, input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens AS prompt
      FROM token_usage WHERE replaced_by IS NULL)
GROUP BY batch_id, key_id, 3, 4, 5, 6;
