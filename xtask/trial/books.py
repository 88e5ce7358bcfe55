"""Books: revenue, Stripe, budget, exchange rates, the general ledger and invoices."""

import re
from datetime import datetime, timezone
from decimal import Decimal

from reading import Bad, Outcome, currency, flat, moment, money, number

KINDS = {"subscription", "usage", "one_off", "credit_note", "prepaid", "prepaid_use"}
NO_DECIMALS = set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
THREE_DECIMALS = set("BHD JOD KWD OMR TND".split())


def month(value):
    """`2026-10`, or a date in it."""
    text = str(value).strip()
    moment(text + "-01" if re.fullmatch(r"\d{4}-\d{2}", text) else text)


def revenue(sheet):
    """Marginline's own revenue."""
    names = ("invoice_date", "customer", "product", "kind", "service_start", "service_end", "currency", "amount")
    if not sheet.has(*names):
        return None

    def handle(record):
        moment(record.need("invoice_date"))
        kind = record.need("kind").lower()
        if kind not in KINDS:
            raise Bad("no kind of revenue")
        if moment(record.need("service_start")) >= moment(record.need("service_end")):
            raise Bad("an empty service period")
        amount = money(record.need("amount"))
        if kind == "credit_note" and amount >= 0:
            raise Bad("a credit note that is not negative")
        return [(currency(record.need("currency")), {"amount": amount})]

    return Outcome("revenue").take(sheet.records, handle)


def budget(sheet):
    """Marginline's own budget."""
    if not sheet.has("month", "measure", "currency", "amount"):
        return None

    def handle(record):
        month(record.need("month"))
        measure = record.need("measure").lower()
        if measure not in ("revenue", "cost_of_revenue"):
            raise Bad("no measure of a budget")
        return [(currency(record.need("currency")), {measure: money(record.need("amount"))})]

    return Outcome("budget").take(sheet.records, handle)


def units(amount, code):
    """An amount of Stripe's API or Sigma in units of its currency, from the smallest unit."""
    if code == "UGX":
        raise Bad("Stripe writes UGX with and without decimals")
    return amount if code in NO_DECIMALS else amount / (1000 if code in THREE_DECIMALS else 100)


def period(record, start, end):
    """A period that does not end before it begins; without an end it is a moment."""
    first = moment(record.need(*start))
    last = record.get(*end)
    if last is not None and moment(last) < first:
        raise Bad("a period that ends before it begins")


def stripe_table(sheet):
    """Sigma's invoice lines, in the smallest unit of a currency, or the dashboard's invoices, in whole ones."""
    if sheet.has(("id", "line_item_id", "invoice_line_item_id"), ("invoice_id", "invoice"),
                 ("amount", "invoice_line_item_amount"), "currency", "period_start", "period_end"):
        return stripe_lines(sheet.records)
    if not sheet.has("id", "Currency", ("Customer", "Customer ID"), "Date (UTC)", "Subtotal"):
        return None
    start = ("Minimum Line Item Period Start (UTC)", "Period Start (UTC)", "Date (UTC)")
    end = ("Maximum Line Item Period End (UTC)", "Period End (UTC)")

    def handle(record):
        if record.get("Status") in ("draft", "void", "deleted"):
            return None
        period(record, start, end)
        moment(record.need("Date (UTC)"))
        total, tax, discount = record.get("Total"), record.get("Tax"), record.get("Total Discount Amount")
        net, off = (record.need("Subtotal"), discount) if total is None else (total, tax)
        amount = number(net) - (0 if off is None else number(off))
        return [(currency(record.need("Currency")), {"amount": amount})]

    return Outcome("stripe").take(sheet.records, handle)


def stripe_lines(records):
    """Lines in the smallest unit of their currency, without tax and less their discounts."""

    def handle(record):
        if record.get("invoice_status") in ("draft", "void", "deleted"):
            return None
        if record.get("shown") is not None:
            raise Bad("an invoice of which only the first lines are here")
        code = currency(record.need("currency"))
        amount = number(record.need("amount_excluding_tax", "amount", "invoice_line_item_amount"))
        amount -= sum(number(flat(off).need("amount")) for off in record.get("discount_amounts") or [])
        if record.get("document") == "credit_note":
            amount = -amount
        period(record, ("period_start", "document_created"), ("period_end",))
        return [(code, {"amount": units(amount, code)})]

    return Outcome("stripe").take(records, handle)


def stripe_list(value):
    """Invoices and credit notes of Stripe's API: every line is a record, and so is what one of them does not show."""
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, list) or not data or value.get("object") != "list":
        return None
    if not all(isinstance(invoice, dict) and invoice.get("object") in ("invoice", "credit_note") for invoice in data):
        return None
    lines = []
    for invoice in data:
        shown = invoice.get("lines") or {}
        of_it = {"invoice_status": invoice.get("status"), "document": invoice.get("object"),
                 "document_created": invoice.get("created")}
        currency_of = {"currency": invoice.get("currency")}
        lines += [flat({**currency_of, **line, **of_it}) for line in shown.get("data", [])]
        if shown.get("has_more"):
            lines.append(flat({"shown": "in part", **of_it}))
    return stripe_lines(enumerate(lines, 1))


def exchange_rates(sheet):
    """Rates: one a row, or the ECB's table of a day a row and a currency a column."""
    day = ("date", "day", "rate_date")
    base = ("base", "base_currency", "from_currency")
    quote = ("quote", "quote_currency", "to_currency")
    rate = ("rate", "exchange_rate")
    seen = {}

    def rates(found):
        """Counts rates not seen before; one that was seen must be the same."""
        fresh = 0
        for key, value in found:
            if value <= 0 or value < Decimal("1e-20"):
                raise Bad("a rate that is not above 0")
            if key[1] == key[2]:
                raise Bad("a rate of a currency to itself")
            if seen.get(key, value) != value:
                raise Bad("another rate than before")
            fresh += key not in seen
        seen.update(found)
        return [("rates", {"rates": Decimal(fresh)})] if fresh else None

    def own(record):
        pair = (moment(record.need(*day)), currency(record.need(*base)), currency(record.need(*quote)), record.get("source"))
        return rates([(pair, number(record.need(*rate)))])

    def portal(record):
        wanted = (("FREQ", "D"), ("EXR_TYPE", "SP00"), ("EXR_SUFFIX", "A"), ("UNIT_MULT", "0"))
        if any((record.get(name) or value) != value for name, value in wanted):
            raise Bad("no fixing of a day")
        pair = (moment(record.need("TIME_PERIOD")), currency(record.need("CURRENCY_DENOM")), currency(record.need("CURRENCY")))
        value = record.get("OBS_VALUE")
        return None if value is None else rates([(pair, number(value))])

    def wide(record):
        text = record.need("Date")
        written = re.fullmatch(r"(\d{1,2}) (\w+) (\d{4})", text)
        date = datetime.strptime(text, "%d %B %Y").replace(tzinfo=timezone.utc) if written else moment(text)
        if not written and "/" in text:
            raise Bad("a date with slashes")
        names = [name.strip() for name in sheet.header if name.strip() and name.strip().lower() != "date"]
        values = [(currency(name), record.get(name)) for name in names]
        return rates([((date, "EUR", code), number(value)) for code, value in values if value not in (None, "N/A")])

    if sheet.has("KEY", "FREQ", "CURRENCY", "CURRENCY_DENOM", "TIME_PERIOD", "OBS_VALUE"):
        return Outcome("exchange-rates").take(sheet.records, portal)
    if sheet.has(day, base, quote, rate):
        return Outcome("exchange-rates").take(sheet.records, own)
    if sheet.has("Date", "USD"):
        return Outcome("exchange-rates").take(sheet.records, wide)
    return None


def general_ledger(sheet):
    """Postings by account: an amount, or a debit and a credit."""
    day = ("date", "posting_date", "month", "period")
    account = ("account", "account_code", "account_number", "gl_account")
    single = sheet.has("amount")
    if not sheet.has(day, account, "currency") or not (single or sheet.has("debit", "credit")):
        return None

    def handle(record):
        month(record.need(*day))
        record.need(*account)
        if single:
            amount = money(record.need("amount"))
        else:
            debit, credit = record.get("debit"), record.get("credit")
            if debit is None and credit is None:
                raise Bad("neither debit nor credit")
            amount = (Decimal(0) if debit is None else money(debit)) - (Decimal(0) if credit is None else money(credit))
        return [(currency(record.need("currency")), {"amount": amount})]

    return Outcome("general-ledger").take(sheet.records, handle)


def invoices(sheet):
    """Invoices received: what they ask for without tax, and the tax."""
    issuer = ("issuer", "invoice_issuer", "vendor", "supplier")
    number_of = ("invoice_id", "invoice_number", "invoice", "number")
    day = ("month", "billing_month", "period", "invoice_date", "date", "issued")
    net = ("net", "net_amount", "amount_net", "subtotal")
    tax = ("tax", "tax_amount", "vat")
    if not sheet.has(issuer, number_of, day, "currency", net):
        return None

    def handle(record):
        record.need(*issuer)
        record.need(*number_of)
        month(record.need(*day))
        taxed = record.get(*tax)
        if record.get("received", "received_on", "received_date") is not None:
            moment(record.get("received", "received_on", "received_date"))
        return [(currency(record.need("currency")), {
            "net": money(record.need(*net)),
            "tax": None if taxed is None else money(taxed),
        })]

    return Outcome("invoices").take(sheet.records, handle)
