"""Sums a FOCUS file without any of our code: the csv module, decimal arithmetic, and a trap for lost digits."""

import csv
import decimal
import json
import sys

context = decimal.getcontext()
context.prec = 100
context.traps[decimal.Inexact] = True

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))

print(json.dumps({
    "rows": len(rows),
    "billed": format(sum(decimal.Decimal(row["BilledCost"]) for row in rows), "f"),
    "effective": format(sum(decimal.Decimal(row["EffectiveCost"]) for row in rows), "f"),
}))
