#!/usr/bin/env python3
"""What importing each file of a folder must come to, worked out without Marginline.

    python3 xtask/trial/totals.py FOLDER [--skip NAME]... [--out FILE]

writes a line of CSV for each file: its format (or `refused`), records read, stored and quarantined, the places of
those quarantined, and the exact control totals of those stored. A format is recognised by what a file holds, never
by its name. It shares no code and no idea of implementation with the importer, so that one can judge the other.

A place is a line (the header is line 1); in a JSON document it is the record's position, counted from 1.
"""

import argparse
import csv
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import bills  # noqa: E402
import books  # noqa: E402
import machines  # noqa: E402
import prices  # noqa: E402
import usage  # noqa: E402
from reading import Bad, Refused, decoded, document, flat, sheet  # noqa: E402

COLUMNS = ("file", "format", "rows_read", "rows_stored", "rows_quarantined", "quarantined_lines", "totals")


def of_table(table):
    """The outcome of a CSV file. The order matters where one format's columns include another's."""
    records = table.records
    for form in (bills.focus, bills.cur, bills.azure, books.revenue, usage.token_usage, machines.gpu_hours,
                 prices.own, prices.skypilot, prices.gpuhunt, prices.aws,
                 books.budget, books.invoices, books.stripe_table, books.exchange_rates, books.general_ledger,
                 machines.benchmark_table):
        outcome = form(table)
        if outcome is not None:
            return outcome
    known = (
        (("usage_start_time", "cost", "currency", "service.id"), bills.gcp),
        (("Namespace", "TotalCost", "CPUCost"), usage.opencost),
        (("start_time", "end_time", "amount_value"), bills.openai_costs),
        (("n_context_tokens_total", "timestamp"), usage.openai_activity),
        (("start_time", "end_time", "start_time_iso"), usage.openai_usage),
        (("usage_date_utc", "usage_output_tokens"), usage.anthropic_usage),
        (("usage_date_utc", "cost_usd"), lambda rows: bills.anthropic_costs(rows, cents=False)),
        (("generation_id", "cost_total", "tokens_prompt"), bills.openrouter),
        (("Date", "Slug", "Usage", "BYOK Usage"), bills.openrouter),
        (("trace_id", "type", ("usage_details", "total_cost")), usage.langfuse),
        ((("spend", "response_cost"), "prompt_tokens", "completion_tokens"), usage.litellm),
        ((("created_at", "request_created_at"), ("model", "request_model"), "prompt_tokens"), usage.helicone),
    )
    for names, form in known:
        if table.has(*names):
            return form(records)
    return machines.request_trace(table)


def of_page(found):
    """The outcome of a page of buckets, or of several: OpenAI counts seconds, Anthropic writes dates."""
    first = found.value if found.value is not None else found.lines[0][1]
    page = first[0] if isinstance(first, list) and first else first
    data = page.get("data") if isinstance(page, dict) else None
    if not isinstance(data, list) or not data or not all(isinstance(item, dict) and "results" in item for item in data):
        return None
    results = usage.results(found)
    has_amount = any("amount" in record for _, record in results)
    if "start_time" in data[0]:
        return bills.openai_costs(results) if has_amount else usage.openai_usage(results)
    if "starting_at" in data[0]:
        return bills.anthropic_costs(results, cents=True) if has_amount else usage.anthropic_usage(results)
    return None


def of_objects(found):
    """The outcome of objects that are rows: a list of them, or one on each line."""
    records = found.records()
    first = records[0][1] if records else flat({})

    def has(*names):
        return all(any(name in first for name in ((any_of,) if isinstance(any_of, str) else any_of)) for any_of in names)

    if has("usage_start_time", "cost", "currency"):
        return bills.gcp(records)
    if has(("usage_details", "cost_details"), ("trace_id", "type")):
        return usage.langfuse(records)
    if has(("spend", "response_cost"), ("prompt_tokens", "usage_prompt_tokens")):
        return usage.litellm(records)
    if has("date", "usage", ("model_permaslug", "byok_usage_inference"), "prompt_tokens"):
        return bills.openrouter(records)
    if has(("created_at", "request_created_at"), ("model", "request_model"), "prompt_tokens"):
        return usage.helicone(records)
    if has("timestamp", "input_length", "output_length"):
        return machines.request_lines(records)
    return None


def of_document(found):
    """The outcome of a JSON file."""
    outcome = prices.listed(found.value) or of_page(found) or machines.benchmark_run(found)
    if outcome is None and isinstance(found.value, dict):
        outcome = machines.prometheus(found.value) or machines.benchmark_reports(found.value) or books.stripe_list(found.value)
        records = None if outcome else usage.opencost_records(found.value)
        outcome = usage.opencost(records) if records else outcome
    return outcome or of_objects(found)


def outcome_of(path):
    """What importing this file comes to; None when it is refused."""
    try:
        text = decoded(path)
        found = document(text)
        if found is not None:
            return of_document(found)
        return machines.dcgm(text) or machines.nvidia_smi(text) or prices.aws_offer(text, sheet) or of_table(sheet(text))
    except (Refused, Bad):
        return None


def plain(value):
    """A decimal without exponent and without zeros at its end."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def line(name, outcome):
    """The fields of the table for one file."""
    if outcome is None:
        return (name, "refused", 0, 0, 0, "", "")
    totals = [f"{unit} {measure}={plain(value)}" for (unit, measure), value in outcome.totals.items()]
    places = " ".join(str(place) for place in outcome.bad)
    return (name, outcome.format, outcome.read, outcome.stored, len(outcome.bad), places, "; ".join(totals))


def files(folder, skipped):
    """Every file under the folder, by name; rules and scenarios (TOML) are no rows."""
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix != ".toml" and not set(inside.parts) & skipped:
            yield inside.as_posix(), path


def main():
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("folder", type=Path)
    words.add_argument("--skip", action="append", default=[], metavar="NAME", help="leave out a file or folder")
    words.add_argument("--out", type=Path, metavar="FILE", help="write here and not to standard output")
    asked = words.parse_args()
    own = asked.out.resolve() if asked.out else None
    found = files(asked.folder, set(asked.skip))
    rows = [line(name, outcome_of(path)) for name, path in found if path.resolve() != own]
    out = asked.out.open("w", encoding="utf-8", newline="") if asked.out else sys.stdout
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows)
    if asked.out:
        out.close()


if __name__ == "__main__":
    main()
