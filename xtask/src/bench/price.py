"""Prices the usage rows of a CSV file with genai-prices in two processes; prints the seconds and the sum in USD.

Reading the file and starting the processes are not in the time. The data of prices is loaded before it, too.
"""

import csv
import datetime
import multiprocessing
import sys
import time
from decimal import Decimal

from genai_prices import Usage, calc_price

DAY = {}
ROWS = []


def noon(day):
    if day not in DAY:
        date = datetime.date.fromisoformat(day)
        DAY[day] = datetime.datetime.combine(date, datetime.time(12), datetime.timezone.utc)
    return DAY[day]


def total(part):
    found = Decimal(0)
    for provider, model, day, fresh, cached, output in ROWS[part]:
        usage = Usage(input_tokens=fresh + cached, cache_read_tokens=cached, output_tokens=output)
        price = calc_price(usage, model, provider_id=provider, genai_request_timestamp=noon(day))
        found += price.total_price
    return found


def first(part):
    """Loads what is loaded once."""
    total(slice(part.start, part.start + 1))


if __name__ == '__main__':
    with open(sys.argv[1], newline='') as file:
        lines = csv.reader(file)
        next(lines)
        ROWS.extend((*line[:3], *map(int, line[3:])) for line in lines)
    half = len(ROWS) // 2
    parts = [slice(0, half), slice(half, len(ROWS))]
    # Forked after reading, so that both processes hold the rows.
    with multiprocessing.get_context('fork').Pool(2) as pool:
        pool.map(first, parts, chunksize=1)
        start = time.perf_counter()
        found = sum(pool.map(total, parts, chunksize=1))
        print(time.perf_counter() - start, found)
