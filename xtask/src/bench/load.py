"""Loads a bill into a DuckDB file and asks for its costs. Words: bill or nothing, database, type of the costs or nothing."""
import csv
import sys
from decimal import Decimal

import duckdb

bill, database, kind = sys.argv[1:4]
connection = duckdb.connect(database)
if bill:
    costs = ["BilledCost", "EffectiveCost", "ContractedCost", "ListCost"]
    types = ", types = {" + ", ".join(f"'{cost}': '{kind}'" for cost in costs) + "}" if kind else ""
    connection.execute(f"CREATE TABLE bill AS SELECT * FROM read_csv('{bill}'{types})")
rows = connection.execute(
    "SELECT strftime(BillingPeriodStart, '%Y-%m') AS month, ServiceName, RegionId, sum(BilledCost), sum(EffectiveCost)"
    " FROM bill GROUP BY ALL ORDER BY ALL"
).fetchall()
plain = [[format(value, "f") if isinstance(value, Decimal) else value for value in row] for row in rows]
csv.writer(sys.stdout, lineterminator="\n").writerows(plain)
connection.close()
