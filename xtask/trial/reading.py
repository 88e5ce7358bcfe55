"""What every format needs: text out of bytes, records out of text, exact numbers and dates out of fields.

Numbers are decimals with a context that stops at the first rounded digit, so that no sum can lose one unseen.
"""

import csv
import io
import json
import re
from datetime import datetime, timedelta, timezone
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, setcontext

setcontext(Context(prec=400, Emax=999999, Emin=-999999, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow]))
csv.field_size_limit(1 << 30)

NULLS = {"", "null", "none"}
MOST_OF_A_ROW = Decimal(9_223_372_036)


class Refused(Exception):
    """The file as a whole cannot be imported."""


class Bad(Exception):
    """One record cannot be used: a required field is missing or impossible."""


def norm(name):
    """A column's name as it is compared: without case, spaces and punctuation."""
    return re.sub(r"[^0-9a-z\u0080-\uffff]", "", name.lower())


class Record:
    """One row or JSON object, its fields found by any of their names."""

    def __init__(self, values, whole=True):
        self.values = values
        self.whole = whole

    def __contains__(self, name):
        return norm(name) in self.values

    def get(self, *names):
        """The first of these fields that is not null, or None."""
        for name in names:
            value = self.values.get(norm(name))
            if isinstance(value, str):
                value = value.strip()
            if value is not None and not (isinstance(value, str) and value.lower() in NULLS):
                return value
        return None

    def need(self, *names):
        """The same, where null makes the record unusable."""
        value = self.get(*names)
        if value is None:
            raise Bad(f"{names[0]} is missing")
        return value


class Sheet:
    """A CSV file: its header, and its records with the line each one starts on."""

    def __init__(self, header, records):
        self.header = header
        self.records = records
        self.columns = {norm(name) for name in header}
        self.columns |= {norm(bracketed(name)) for name in header if bracketed(name)}

    def has(self, *names):
        """Is there a column for each of these? A tuple gives several names of one column."""
        alternatives = (name if isinstance(name, tuple) else (name,) for name in names)
        return all(any(norm(name) in self.columns for name in any_of) for any_of in alternatives)


class Document:
    """A JSON file: one value, or the values of its lines with the line of each."""

    def __init__(self, value=None, lines=None):
        self.value = value
        self.lines = lines

    def records(self):
        """Objects of the document with their place, where it is a list, a page with `data`, or JSON lines."""
        if self.lines is not None:
            return [(line, flat(value) if isinstance(value, dict) else Record({}, False)) for line, value in self.lines]
        value = self.value
        if isinstance(value, dict) and isinstance(value.get("data"), list):
            value = value["data"]
        if isinstance(value, dict):
            value = [value]
        return [(at, flat(item) if isinstance(item, dict) else Record({}, False)) for at, item in enumerate(value, 1)]


def decoded(path):
    """The text of a file, or a refusal of what is none."""
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data:
        raise Refused("no UTF-8 text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("no UTF-8 text") from error
    if not text.strip():
        raise Refused("empty")
    return text


def document(text):
    """JSON with exact numbers: one value, or one on each line. None when the text is no JSON."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    exact = {"parse_float": Decimal, "parse_int": Decimal, "parse_constant": str}
    try:
        return Document(value=json.loads(text, **exact))
    except json.JSONDecodeError:
        pass
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                lines.append((number, json.loads(line, **exact)))
            except json.JSONDecodeError:
                lines.append((number, None))
    if not isinstance(lines[0][1], dict):
        raise Refused("neither JSON nor JSON lines")
    return Document(lines=lines)


def flat(value, prefix=""):
    """A nested object as one record; `usage.amount` is `usage_amount` and `usageamount` alike. Lists stay as they are."""
    values = {}
    for key, item in value.items():
        if isinstance(item, dict):
            values[norm(prefix + key)] = item
            values.update(flat(item, prefix + key).values)
        else:
            values[norm(prefix + key)] = item
    return Record(values)


def bracketed(name):
    """The English name that a translated header holds in brackets: `Tarif (ResourceRate)`."""
    found = re.fullmatch(r".*\((\w+)\)\s*", name)
    return found.group(1) if found else ""


def lines_of(text, delimiter=","):
    """Fields of each CSV record with the line it starts on; blank lines are no records."""
    rows, start = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
    for row in rows:
        if row and not (len(row) == 1 and not row[0].strip()):
            yield start, row
        start = rows.line_num + 1


def sheet(text):
    """The CSV file that this text is."""
    first = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    if not first.count(delimiter):
        raise Refused("no table")
    rows = lines_of(text, delimiter)
    _, header = next(rows)
    names = [norm(name) for name in header]
    inner = [norm(bracketed(name)) for name in header]
    records = []
    for line, row in rows:
        values = {}
        for name, english, field in zip(names, inner, row):
            values.setdefault(name, field)
            if english and english not in names:
                values.setdefault(english, field)
        whole = len(row) >= len(header) and not any(field.strip() for field in row[len(header):])
        records.append((line, Record(values, whole)))
    return Sheet(header, records)


def number(value):
    """An exact number. No plus sign, no separator, no NaN."""
    if isinstance(value, Decimal):
        value = str(value)
    text = str(value).strip()
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", text):
        raise Bad(f"{text} is no number")
    found = Decimal(text)
    if not -60 <= found.as_tuple().exponent <= 60 or len(found.as_tuple().digits) > 38:
        raise Bad(f"{text} is beyond what is kept")
    return found


def money(value):
    """An amount; what spreadsheets write is allowed: `$10,000.00`, and `(12.50)` for what is taken off."""
    text = str(value).strip()
    bracketed_amount = re.fullmatch(r"\(([^()-]+)\)", text)
    if bracketed_amount:
        text = "-" + bracketed_amount.group(1).strip()
    grouped = re.fullmatch(r"(-?)\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d*)?", text)
    if grouped:
        text = "".join(part or "" for part in grouped.groups()).replace(",", "")
    amount = number(text)
    if abs(amount) > MOST_OF_A_ROW:
        raise Bad(f"{text} is beyond what one row holds")
    return amount


def whole(value):
    """A count: no sign, no decimals; `5000.0` is 5000."""
    found = number(value)
    if found < 0 or found != found.to_integral_value():
        raise Bad(f"{value} is no count")
    return found


def counted(record, *names):
    """A count that is zero where the field is null."""
    value = record.get(*names)
    return Decimal(0) if value is None else whole(value)


def currency(value):
    """Three letters."""
    if not re.fullmatch(r"[A-Za-z]{3}", str(value).strip()):
        raise Bad(f"{value} is no currency")
    return str(value).strip().upper()


def moment(value):
    """A date that exists, as UTC. Slashes put the month first, unless the year is; a number is unix seconds."""
    text = str(value).strip()
    if re.fullmatch(r"\d{9,11}(\.\d+)?", text):
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=float(text))
    day = re.match(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})|(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?!\d)", text)
    if not day:
        raise Bad(f"{text} is no date")
    if day.group(1):
        year, month, date = (int(day.group(at)) for at in (1, 3, 4))
    else:
        month, date, year = (int(day.group(at)) for at in (5, 6, 7))
        year += 2000 if year < 100 else 0
    clock = re.fullmatch(
        r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(?:Z|UTC|([+-])(\d{2}):?(\d{2})?)?", text[day.end():]
    )
    if not clock:
        raise Bad(f"{text} is no date")
    hour, minute, second = (int(clock.group(at) or 0) for at in (1, 2, 3))
    try:
        found = datetime(year, month, date, hour, minute, second, tzinfo=timezone.utc)
    except ValueError as error:
        raise Bad(f"{text} does not exist") from error
    ahead = timedelta(hours=int(clock.group(5) or 0), minutes=int(clock.group(6) or 0))
    return found + ahead if clock.group(4) == "-" else found - ahead


class Outcome:
    """What importing a file comes to."""

    def __init__(self, form):
        self.format = form
        self.read = 0
        self.stored = 0
        self.bad = []
        self.totals = {}

    def add(self, unit, **measures):
        """Adds to the control totals; a measure that is None is unknown and in no total."""
        for measure, value in measures.items():
            if value is not None:
                key = (unit, measure)
                self.totals[key] = self.totals.get(key, Decimal(0)) + value

    def take(self, records, handle):
        """Gives each record to `handle`, which answers (unit, measures) pairs, or None for one to be left out."""
        for place, record in records:
            self.read += 1
            try:
                if not record.whole:
                    raise Bad("the number of fields differs from the header's")
                amounts = handle(record)
            except Bad:
                self.bad.append(place)
                continue
            if amounts is not None:
                self.stored += 1
                for unit, measures in amounts:
                    self.add(unit, **measures)
        return self
