-- A price list names thousands of models and a company uses a few: reports read the prices of those, whatever the case
-- in which a list spells them, and no others.
CREATE INDEX price_by_name ON price (item COLLATE NOCASE) WHERE replaced_by IS NULL;
