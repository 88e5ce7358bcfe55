"""Prints a CSV file as JSON, read by the csv module and by none of our code: one object a row, "" as null."""

import csv
import json
import sys

with open(sys.argv[1], newline="", encoding="utf-8-sig") as file:
    print(json.dumps([{key: value or None for key, value in row.items()} for row in csv.DictReader(file)]))
