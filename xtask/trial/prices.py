"""Price lists: one's own, edits, LiteLLM's map, models.dev, catalogues of GPU clouds, and lists of three clouds.

A record is stored when it tells a price that no record before it told; the total counts prices.
"""

import re
from decimal import Decimal

from reading import Bad, Outcome, Record, currency, moment, money, number

CLASSES = {"input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"}
UNITS = {"tokens": "mtok", "gpu": "gpu_hour", "instance": "hour", "session": "hour", "storage": "gb_month", "egress": "gb",
         "request": "request", "throughput": "unit_hour", "discount": "percent", "vector_store": None}
PER = {"mtok", "gpu_hour", "hour", "gb_month", "gb", "request", "unit_hour", "month", "item", "percent"}
PURCHASES = {"on_demand", "spot", "reserved_1y", "reserved_3y", "capacity_block"}
# Spellings under which one seller stands in several lists.
OWN = "own machines"
# How lists write a seller, and what the price book calls it.
SELLERS = {
    "bedrock": "aws", "amazon-bedrock": "aws", "bedrock_converse": "aws", "sagemaker": "aws", "amazon": "aws",
    "azure_ai": "azure", "azure_text": "azure", "text-completion-openai": "openai", "gemini": "google",
    "palm": "google", "mistralai": "mistral", "cohere_chat": "cohere", "together_ai": "together",
    "fireworks_ai": "fireworks", "xai": "x-ai", "voyage": "voyageai", "moonshot": "moonshotai",
    "github_copilot": "github-copilot", "ollama": OWN, "ollama_chat": OWN, "hosted_vllm": OWN, "llamafile": OWN,
    "lm_studio": OWN, "xinference": OWN, "triton": OWN,
}
# Sellers whose name before a model is not part of the model's.
KNOWN = set(SELLERS) | set(SELLERS.values()) | {
    "openai", "anthropic", "groq", "deepseek", "perplexity", "openrouter", "xai", "voyage",
}
ZONES = {"azure": r"eu|us|apac|us-gov|global|global-standard", "aws": r"[a-z]+(?:-[a-z]+)+-\d+"}


def seller_of(name):
    """The price book's name of a seller."""
    return "google" if name.startswith("vertex_ai") else SELLERS.get(name, name)


def place_of(seller, name):
    """Region and model of a key: its seller and its region may stand before the model."""
    first, _, rest = name.partition("/")
    known = first in KNOWN or first.startswith("vertex_ai")
    model = rest if rest and known and seller_of(first) == seller else name
    first, _, rest = model.partition("/")
    if rest and seller in ZONES and re.fullmatch(ZONES[seller], first):
        return first.removesuffix("-standard"), rest
    return "", model



class Told:
    """Prices told so far: the same again says nothing, another for the same thing is a mistake."""

    def __init__(self):
        self.known = {}

    def take(self, found):
        for key, amount in found:
            if self.known.get(key, amount) != amount:
                raise Bad("another price than before")
        fresh = {key: amount for key, amount in found if key not in self.known}
        self.known.update(fresh)
        return [("prices", {"prices": Decimal(len(fresh))})] if fresh else None


def amount(value):
    found = money(value) if not isinstance(value, Decimal) else value
    if number(value) < 0:
        raise Bad("a price below 0")
    return found


def words(record, name, allowed, usual=None):
    value = str(record.get(name) or usual or "").lower()
    if value not in allowed:
        raise Bad(f"no {name}")
    return value


def own(sheet):
    """One's own list, or edits with a reason."""
    item = ("item", "model", "gpu", "instance_type")
    if not sheet.has("provider", item, ("amount", "price", "discount_percent"), "valid_from"):
        return None
    edit, told = sheet.has("reason"), Told()

    def handle(record):
        percent = record.get("discount_percent")
        resource = words(record, "resource", UNITS, "tokens" if percent is None else "discount")
        if (percent is not None) != (resource == "discount"):
            raise Bad("a percentage that is no discount")
        per = words(record, "per", PER, UNITS[resource])
        if (per == "mtok") != (resource == "tokens") and resource == "tokens" or (per == "percent") != (percent is not None):
            raise Bad("a unit of something else")
        value = amount(record.need("amount", "price") if percent is None else percent)
        if percent is not None and value > 100:
            raise Bad("more than everything off")
        code = currency(record.need("currency") if percent is None else record.get("currency") or "XXX")
        start, end = moment(record.need("valid_from")), record.get("valid_to")
        if end is not None and moment(end) <= start:
            raise Bad("an end before the beginning")
        window = record.get("window")
        if window is not None and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", window):
            raise Bad("no hours of a day")
        thing = record.get(*item) if resource == "discount" else record.need(*item)
        kind = words(record, "class", CLASSES) if resource == "tokens" else record.get("class")
        tier = str(record.get("service_tier") or "").lower()
        if edit:
            record.need("reason")
        key = (resource, record.need("provider").lower(), thing, kind, record.get("region"), per, code,
               words(record, "purchase", PURCHASES, "on_demand"), "" if tier in ("standard", "default") else tier,
               record.get("above_tokens"), window, record.get("contract"), start.date(), record.get("source"), record.get("reason"))
        return told.take([(key, value)])

    return Outcome("price-edit" if edit else "prices").take(sheet.records, handle)


def per_instance(form, sheet, read):
    """A catalogue whose rows are instances by the hour."""
    told = Told()

    def handle(record):
        found = [(key, value) for key, value in read(record) if value != 0]
        return told.take(found)

    return Outcome(form).take(sheet.records, handle)


def how_many(value):
    found = number(value)
    if found < 1 or found != found.to_integral_value():
        raise Bad("no whole number of GPUs")
    return found


def skypilot(sheet):
    if not sheet.has("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region"):
        return None

    def read(record):
        gpu, instance = record.get("AcceleratorName"), record.get("InstanceType")
        if gpu is None and instance is None:
            raise Bad("neither instance nor accelerator")
        count = how_many(record.need("AcceleratorCount")) if gpu else 1
        chips = re.fullmatch(r"(tpu-v6e|tpu-v5litepod)-(\d+)", gpu or "")
        gpu, count = (chips.group(1), count * int(chips.group(2))) if chips else (gpu, count)
        region = record.get("Region")
        for name, place in (("Price", region), ("SpotPrice", record.get("AvailabilityZone") or region)):
            value = record.get(name)
            if value is not None and not (instance is None and number(value) == 700):
                yield (gpu, instance, name, place), amount(value) / count

    return per_instance("skypilot-catalog", sheet, lambda record: list(read(record)))


def gpuhunt(sheet):
    if not sheet.has("instance_name", "location", "price", "gpu_count", "gpu_name", "spot"):
        return None

    def read(record):
        instance, gpu = record.need("instance_name"), record.get("gpu_name")
        spot = str(record.get("spot") or "false").lower()
        if spot not in ("true", "false"):
            raise Bad("neither spot nor not")
        value = amount(record.need("price"))
        value /= how_many(record.need("gpu_count")) if gpu else 1
        return [((record.get("provider"), instance, gpu, record.get("gpu_memory"), spot, record.get("location")), value)]

    return per_instance("gpuhunt-catalog", sheet, read)


def aws(sheet):
    if not sheet.has("SKU", "TermType", "Unit", "PricePerUnit", "Currency", "Instance Type", "Region Code"):
        return None

    def read(record):
        plain = all(record.get(name) in (None, wanted) for name, wanted in (
            ("Operating System", "Linux"), ("Tenancy", "Shared"), ("Pre Installed S/W", "NA"), ("CapacityStatus", "Used"),
            ("Operation", "RunInstances")))
        term = (record.get("TermType"), record.get("PurchaseOption"))
        bought = term[0] == "OnDemand" or term == ("Reserved", "No Upfront") and record.get("OfferingClass") in (None, "standard")
        if not plain or not bought or record.get("Unit") != "Hrs" or record.get("Instance Type") is None:
            return []
        value = amount(record.need("PricePerUnit"))
        if value == 0:
            return []
        start = record.get("EffectiveDate")
        key = (record.get("Instance Type"), record.need("Region Code"), term, record.get("LeaseContractLength"),
               start and moment(start), currency(record.need("Currency")))
        return [(key, value)]

    return per_instance("aws-price-list", sheet, read)


def aws_offer(text, sheet):
    """An offer file: lines about it, then the table."""
    lines = text.split("\n")
    heads = [at for at, line in enumerate(lines[:10]) if line.replace('"', "").startswith("SKU,OfferTermCode,")]
    if not heads or heads[0] == 0:
        return None
    outcome = aws(sheet("\n".join(lines[heads[0]:])))
    outcome.bad = [place + heads[0] for place in outcome.bad]
    return outcome


def from_list(form, entries, read):
    told = Told()
    return Outcome(form).take([(at, Record({"entry": entry})) for at, entry in enumerate(entries, 1)],
                              lambda record: told.take(read(record.values["entry"])))


def listed(value):
    """A price list in JSON; None when it is none."""
    if isinstance(value, dict) and any(isinstance(v, dict) and "litellm_provider" in v for v in value.values()):
        return from_list("litellm-prices", sorted(value.items()), litellm)
    if isinstance(value, dict) and any(isinstance(v, dict) and isinstance(v.get("models"), dict) for v in value.values()):
        models = [(provider, model, entry) for provider, of in sorted(value.items()) for model, entry in sorted(of["models"].items())]
        return from_list("models-dev", models, models_dev)
    pages = value if isinstance(value, list) else [value]
    if pages and all(isinstance(page, dict) and "Items" in page for page in pages):
        return from_list("azure-prices", [item for page in pages for item in page["Items"]], azure)
    skus = value.get("skus") if isinstance(value, dict) else value
    if isinstance(skus, list) and skus and isinstance(skus[0], dict) and "skuId" in skus[0]:
        return from_list("gcp-prices", skus, gcp)
    return None


FIELD = re.compile(r"(input_cost_per_token_cache_hit|input_cost_per_token|output_cost_per_token|output_cost_per_reasoning_token"
                   r"|cache_read_input_token_cost|cache_creation_input_token_cost_above_1hr|cache_creation_input_token_cost)"
                   r"(?:_above_(\d+)k_tokens)?(_batches|_flex|_priority|_balanced|_ultrafast)?")


def by_class(fields, above=0):
    """Prices by class, prompt length and tier, of an object's fields."""
    for name, value in sorted(fields.items()):
        told = FIELD.fullmatch(name)
        if told and value is not None:
            kind = "cache_read_input_token_cost" if told.group(1).endswith("cache_hit") else told.group(1)
            yield (kind, max(above, int(told.group(2) or 0) * 1000), told.group(3)), amount(value)


def litellm(entry):
    name, fields = entry
    if not isinstance(fields, dict):
        raise Bad("no object")
    seller = fields.get("litellm_provider")
    if name == "sample_spec" or seller_of(seller or "") == OWN or "-month-commitment/" in name:
        return []
    found = {}
    for key, value in by_class(fields):
        found.setdefault(key, value)
    for part in fields.get("tiered_pricing", []):
        if "range" not in part:  # tiers of something else than prompts, such as results of a search
            continue
        start = number(part["range"][0])
        for key, value in by_class(part, int(start)):
            found.setdefault(key, value)
    if found and seller is None:
        raise Bad("nobody sells it")
    for side, kinds in (("input_cost_per_", ("input", "cache")), ("output_cost_per_", ("output",))):
        if any(field.startswith(side) and not FIELD.fullmatch(field) and number(value) > 0
               for field, value in fields.items() if isinstance(value, Decimal)):
            found = {key: value for key, value in found.items() if value or not key[0].startswith(kinds)}
    if not any(found.values()) and not name.endswith((":free", "-free")):
        return []
    seller = seller_of(seller)
    region, model = place_of(seller, name)
    prices = [((seller, model, region, *key), value) for key, value in found.items()]
    for area in ("us", "eu"):
        premium = fields.get("provider_specific_entry", {}).get(area)
        premium = premium or fields.get(f"regional_processing_uplift_multiplier_{area}")
        if premium and not region:
            prices += [((seller, model, area, *key), value * premium) for key, value in found.items()]
    return prices


def models_dev(entry):
    provider, model, fields = entry
    cost, found = fields.get("cost"), []
    if cost is None:
        return []
    tiers = [(part.get("tier", {}).get("size"), part) for part in cost.get("tiers", [])]
    if not tiers and "context_over_200k" in cost:
        tiers = [(Decimal(200000), cost["context_over_200k"])]
    for above, costs in [(Decimal(0), cost), *tiers]:
        if above is None:
            raise Bad("a tier without size")
        found += [((provider, model, kind, above), amount(costs[kind])) for kind in
                  ("input", "output", "reasoning", "cache_read", "cache_write") if costs.get(kind) is not None]
    return found if any(value for _, value in found) or model.endswith(":free") else []


def azure(item):
    if item["serviceName"] != "Virtual Machines" or "Windows" in item["productName"] or "Low Priority" in item["skuName"]:
        return []
    if item["unitOfMeasure"] != "1 Hour" or not item["armRegionName"]:
        raise Bad("no hour, or nowhere")
    bought = ("spot" if "Spot" in item["skuName"] else item["type"], item.get("reservationTerm"))
    return [((item["armSkuName"], item["armRegionName"], bought, item.get("effectiveStartDate")), amount(item["retailPrice"]))]


def gcp(sku):
    named = re.search(r"H100 80GB|L4|TPU v6e", sku["description"])
    if sku["category"]["resourceGroup"] not in ("GPU", "TPU") or not named or not sku["pricingInfo"]:
        return []
    expression = sku["pricingInfo"][-1]["pricingExpression"]
    if expression["usageUnit"] != "h":
        raise Bad("no hour")
    rates = [number(rate["unitPrice"].get("units", 0)) + number(rate["unitPrice"].get("nanos", 0)).scaleb(-9)
             for rate in expression["tieredRates"]]
    rate = next(rate for rate in rates if rate > 0)
    return [((named.group(0), region, sku["category"]["usageType"]), rate) for region in sku["serviceRegions"]]
