-- Sellers give a quantity away each month before they charge: hours of containers, gigabytes of egress, requests,
-- tokens. In nanos of what the price is for (1 for a million tokens is 1,000,000,000); 0: nothing is free.
ALTER TABLE price ADD COLUMN free_nanos INTEGER NOT NULL DEFAULT 0;
