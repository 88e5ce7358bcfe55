"""Bills: FOCUS, AWS CUR, Azure, Google Cloud, and the cost reports of OpenAI, Anthropic and OpenRouter."""

import ast
import json
from decimal import Decimal

from reading import Bad, Outcome, currency, flat, moment, money, number
from usage import tokens

CATEGORIES = {"usage", "purchase", "tax", "credit", "adjustment"}
ZERO = Decimal(0)


def optional(record, *names):
    """An amount, or None where it is null."""
    value = record.get(*names)
    return None if value is None else money(value)


def flat_bill(unit, amount, listed=None):
    """A bill that knows one amount: it is billed and effective alike."""
    return [(unit, {"billed": amount, "effective": amount, "list": listed})]


def gateway_row(record):
    """A row of LiteLLM's FOCUS export: it counts requests, and its billing period is one day, which no issuer's is."""
    period = [record.get("BillingPeriodStart"), record.get("BillingPeriodEnd")]
    charge = [record.get("ChargePeriodStart"), record.get("ChargePeriodEnd")]
    units = {record.get("ConsumedUnit"), record.get("PricingUnit")}
    if units != {"Requests"} or "ServiceSubcategory" not in record or period != charge or None in period:
        return False
    return (moment(period[1]) - moment(period[0])).total_seconds() == 86400


def focus(sheet):
    """FOCUS. A period's end may be null, but not a moment that never was."""
    names = ("BilledCost", ("EffectiveCost", "AmortizedCost"), "BillingCurrency", "BillingPeriodStart",
             "ChargePeriodStart", ("ChargeCategory", "ChargeType"))
    if not sheet.has(*names):
        return None

    def handle(record):
        moment(record.need("BillingPeriodStart"))
        moment(record.need("ChargePeriodStart"))
        for end in ("BillingPeriodEnd", "ChargePeriodEnd"):
            if record.get(end) is not None:
                moment(record.get(end))
        if str(record.need("ChargeCategory", "ChargeType")).lower() not in CATEGORIES:
            raise Bad("no charge category")
        if gateway_row(record):
            return [(currency(record.need("BillingCurrency")), {"claimed": money(record.need("EffectiveCost"))})]
        return [(currency(record.need("BillingCurrency")), {
            "billed": money(record.need("BilledCost")),
            "effective": money(record.need("EffectiveCost", "AmortizedCost")),
            "list": optional(record, "ListCost"),
            "contracted": optional(record, "ContractedCost"),
        })]

    return Outcome("focus").take(sheet.records, handle)


def amortised(record, kind, billed):
    """The cost that AWS spreads over the time covered, by type of line."""
    def amount(name):
        return optional(record, name) or ZERO

    if kind == "SavingsPlanCoveredUsage":
        return money(record.need("savingsPlan/SavingsPlanEffectiveCost"))
    if kind == "DiscountedUsage":
        return money(record.need("reservation/EffectiveCost"))
    if kind == "SavingsPlanRecurringFee":
        return amount("savingsPlan/TotalCommitmentToDate") - amount("savingsPlan/UsedCommitment")
    if kind == "RIFee":
        upfront = amount("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod")
        return upfront + amount("reservation/UnusedRecurringFee")
    if kind in ("SavingsPlanNegation", "SavingsPlanUpfrontFee"):
        return ZERO
    if kind == "Fee" and record.get("reservation/ReservationARN") is not None:
        return ZERO
    if kind == "Refund" and record.get("lineItem/ProductCode") == "ComputeSavingsPlans":
        return ZERO
    return billed


def mapping(value):
    """A map written as JSON."""
    try:
        found = {} if value is None else json.loads(value)
    except json.JSONDecodeError as error:
        raise Bad(f"{value} is no JSON") from error
    if not isinstance(found, dict):
        raise Bad(f"{value} is no JSON object")


def cur(sheet):
    """AWS cost and usage reports: 2.0 keeps products, tags and categories in maps, and names accounts."""
    if not sheet.has("lineItem/UnblendedCost", "lineItem/LineItemType"):
        return None
    maps = ("product", "resource_tags", "cost_category", "discount")
    marks = (*maps, "bill_payer_account_name", "line_item_usage_account_name")
    seen = set()

    def handle(record):
        if record.get("lineItem/Operation") in ("EKSPod-EC2", "ECSTask-EC2"):
            return None  # a share of an instance that has its own row
        moment(record.need("lineItem/UsageStartDate"))
        moment(record.need("bill/BillingPeriodStartDate"))
        kind = record.need("lineItem/LineItemType")
        code = record.get("lineItem/CurrencyCode")
        if code is None and len(seen) == 1:
            code = next(iter(seen))  # that of the rows above, if they have only one
        if code is None:
            raise Bad("no currency")
        seen.add(currency(code))
        for name in maps:
            mapping(record.get(name))
        billed = money(record.need("lineItem/UnblendedCost"))
        negation = kind == "SavingsPlanNegation"
        return [(currency(code), {
            "billed": billed,
            "effective": amortised(record, kind, billed),
            "list": None if negation else optional(record, "pricing/publicOnDemandCost"),
        })]

    return Outcome("cur2" if any(sheet.has(mark) for mark in marks) else "cur").take(sheet.records, handle)


def azure(sheet):
    """Azure cost details of any agreement, actual or amortised. A retail price of 0 is an unknown one."""
    cost = ("CostInBillingCurrency", "Cost", "PreTaxCost")
    code = ("BillingCurrency", "BillingCurrencyCode", "Currency")
    day = ("Date", "UsageDateTime", "UsageDate")
    if not sheet.has(cost, code, day, ("MeterId", "MeterCategory")):
        return None

    def handle(record):
        moment(record.need(*day))
        if record.get("BillingPeriodStartDate") is not None:
            moment(record.get("BillingPeriodStartDate"))
        tags = record.get("Tags")
        mapping("{" + tags + "}" if tags is not None and tags.startswith('"') else tags)
        billed, unit = money(record.need(*cost)), currency(record.need(*code))
        price, quantity = optional(record, "PayGPrice"), record.get("Quantity", "UsageQuantity")
        pricing = record.get("PricingCurrency")
        known = price is not None and price > 0 and quantity is not None
        if pricing is not None and currency(pricing) != unit:
            known = False  # the retail price is in another currency than the cost
        return flat_bill(unit, billed, price * number(quantity) if known else None)

    return Outcome("azure").take(sheet.records, handle)


def credits_of(value):
    """Amounts of the credits: a list, JSON text, or what Python printed of a list."""
    if value is None:
        return []
    if isinstance(value, dict):
        return [money(flat(value).need("amount"))]
    if isinstance(value, list):
        return [amount for item in value for amount in credits_of(item if isinstance(item, dict) else "{}")]
    try:
        return credits_of(json.loads(value, parse_float=Decimal, parse_int=Decimal, parse_constant=str))
    except json.JSONDecodeError:
        return python_amounts(value)


def python_amounts(text):
    """Amounts in a Python literal, from its digits: a float would lose some."""
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise Bad("credits are no list") from error
    if not isinstance(tree, ast.List):
        raise Bad("credits are no list")
    amounts = []
    for item in tree.elts:
        keys = [getattr(key, "value", None) for key in getattr(item, "keys", [])]
        if "amount" not in keys:
            raise Bad("a credit without amount")
        amounts.append(money(ast.get_source_segment(text, item.values[keys.index("amount")])))
    return amounts


def listed(value):
    """Labels: a list or object, JSON text of one, or what Python printed of one."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            try:
                value = ast.literal_eval(value)
            except (SyntaxError, ValueError) as error:
                raise Bad("labels are no list") from error
    if value is not None and not isinstance(value, (list, dict)):
        raise Bad("labels are no list")


def gcp(records):
    """Google Cloud's export: cost and its credits, which are negative, make what is billed."""

    def handle(record):
        moment(record.need("usage_start_time"))
        if "invoice.month" in record:
            month = str(record.need("invoice.month"))
            if len(month) != 6 or not month.isdigit() or not 1 <= int(month[4:]) <= 12:
                raise Bad("no invoice month")
        if record.get("export_time") is not None:
            moment(record.get("export_time"))
        for labels in ("project.labels", "labels", "tags"):
            listed(record.get(labels))
        net = money(record.need("cost")) + sum(credits_of(record.get("credits")), ZERO)
        return flat_bill(currency(record.need("currency")), net, optional(record, "cost_at_list"))

    return Outcome("gcp").take(records, handle)


def openai_costs(records):
    """OpenAI's costs, in dollars. A day without cost is a row of times only."""
    times = {"starttime", "endtime", "starttimeiso", "endtimeiso"}

    def handle(record):
        if all(record.get(name) is None for name in record.values if name not in times):
            return None
        moment(record.need("start_time", "start_time_iso"))
        amount = money(record.need("amount_value"))
        return flat_bill(currency(record.need("amount_currency")), amount)

    return Outcome("openai-costs").take(records, handle)


def anthropic_costs(records, cents):
    """Anthropic's costs: the API answers cents, the console's file dollars."""

    def handle(record):
        moment(record.need("starting_at", "usage_date_utc"))
        amount = money(record.need("amount", "cost_usd"))
        listed = optional(record, "list_amount", "list_price_usd")
        if not cents:
            return flat_bill("USD", amount, listed)
        return flat_bill(currency(record.need("currency")), amount / 100, None if listed is None else listed / 100)

    return Outcome("anthropic-costs").take(records, handle)


def openrouter(records):
    """OpenRouter's activity, summed by day or a row for each generation. What went over one's own key is not billed."""
    seen = set()

    def handle(record):
        moment(record.need("Date", "created_at"))
        amount = money(record.need("Usage", "cost_total"))
        one = record.get("generation_id")
        if one is not None and one in seen:
            return None
        seen.add(one)
        requests = record.get("Requests") if one is None else Decimal(1)
        counts = tokens(record, prompt=("Prompt Tokens", "tokens_prompt"), read=("tokens_cached",),
                        output=("Completion Tokens", "tokens_completion"), requests=requests)
        own_key = optional(record, "BYOK Usage", "byok_usage_inference")
        claimed = [("USD", {"claimed": own_key})] if own_key else []
        return flat_bill("USD", amount) + counts + claimed

    return Outcome("openrouter").take(records, handle)
