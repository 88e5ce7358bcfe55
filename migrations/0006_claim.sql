-- Usage that claims a cost of 0 is summed apart from usage that claims more: a claim of nothing is no price for tokens.
-- `usage_month.untold`: 0 claims a cost, 1 does not say what it cost, 2 claims that it cost nothing.
DELETE FROM usage_month;
INSERT INTO usage_month
SELECT batch_id, key_id, substr(usage_date, 1, 7),
       CASE WHEN claimed_currency IS NOT 'USD' THEN 1 WHEN claimed_nanos = 0 AND claimed_attos = 0 THEN 2 ELSE 0 END,
       COUNT(*), MIN(usage_date), MAX(usage_date), COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests),
       SUM(input_tokens), SUM(cache_read_tokens), SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens),
       SUM(output_tokens), COALESCE(SUM(quantity_nanos / 1000000000), 0), COALESCE(SUM(quantity_nanos % 1000000000), 0),
       COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos / 1000000000 END), 0),
       COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_nanos % 1000000000 END), 0),
       COALESCE(SUM(CASE claimed_currency WHEN 'USD' THEN claimed_attos END), 0)
FROM token_usage WHERE replaced_by IS NULL GROUP BY batch_id, key_id, 3, 4;
