"""Asks Polars for the costs of a bill, straight from the file. Word: bill."""
import sys

import polars

month = polars.col("BillingPeriodStart").str.slice(0, 7)
costs = [polars.col("BilledCost").sum(), polars.col("EffectiveCost").sum()]
rows = polars.scan_csv(sys.argv[1]).group_by(month, "ServiceName", "RegionId").agg(costs)
sys.stdout.write(rows.collect(engine="streaming").write_csv(include_header=False))
