"""Usage: token counts of providers and gateways, what gateways claim it cost, and OpenCost's shares of a cluster."""

import json
from decimal import Decimal

from reading import Bad, Outcome, Record, counted, flat, moment, money, norm, whole

ONE = Decimal(1)
OTHER_USAGE = (
    ("images", "images"),
    ("characters", "characters"),
    ("seconds", "seconds"),
    ("usage_bytes", "bytes"),
    ("num_sessions", "sessions"),
    ("num_requests", "calls"),
)


def tokens(record, prompt, output, read=(), write_5m=(), write_1h=(), requests=None, inclusive=True, needed=True):
    """Token counts in five classes that share no token. An inclusive prompt count holds what a cache served or stored."""
    cached, short, long = counted(record, *read), counted(record, *write_5m), counted(record, *write_1h)
    fresh = whole(record.need(*prompt)) if needed else counted(record, *prompt)
    if inclusive:
        fresh -= cached + short + long
        if fresh < 0:
            raise Bad("more cached tokens than tokens")
    made = whole(record.need(*output)) if needed else counted(record, *output)
    counts = [("tokens", {
        "input_tokens": fresh,
        "cache_read_tokens": cached,
        "cache_write_5m_tokens": short,
        "cache_write_1h_tokens": long,
        "output_tokens": made,
    })]
    if requests is not None:
        counts.append(("requests", {"requests": whole(requests)}))
    return counts


def results(document):
    """Results inside the buckets of a page or of several; each with the times of its bucket. Empty buckets have none."""
    pages = document.value if isinstance(document.value, list) else [document.value]
    if document.lines is not None:
        pages = [value for _, value in document.lines]
    found = []
    for page in pages:
        for bucket in page.get("data") or []:
            for result in bucket.get("results") or []:
                record = flat(result)
                for name in ("start_time", "starting_at"):
                    if name in bucket:
                        record.values.setdefault(norm(name), bucket[name])
                found.append((len(found) + 1, record))
    return found


def openai_usage(records):
    """OpenAI's usage API and the files of its dashboard. A range without usage is a row of times only."""
    times = {"starttime", "endtime", "starttimeiso", "endtimeiso"}

    def handle(record):
        if all(record.get(name) is None for name in record.values if name not in times):
            return None
        moment(record.need("start_time", "start_time_iso"))
        requests = record.get("num_model_requests")
        if record.get("input_tokens") is not None or record.get("output_tokens") is not None:
            record.need("input_tokens")
            return tokens(record, ("input_tokens",), ("output_tokens",), ("input_cached_tokens",),
                          ("input_cache_write_tokens",), requests=requests, needed=False)
        counts = [] if requests is None else [("requests", {"requests": whole(requests)})]
        for field, unit in OTHER_USAGE:
            if record.get(field) is not None:
                return counts + [(unit, {"quantity": whole(record.get(field))})]
        raise Bad("nothing counted")

    return Outcome("openai-usage").take(records, handle)


def openai_activity(records):
    """The older activity file of OpenAI: tokens, images and characters in columns of one row."""

    def handle(record):
        moment(record.need("timestamp"))
        counts = []
        requests = record.get("num_requests")
        prompt, output = "n_context_tokens_total", "n_generated_tokens_total"
        if record.get(prompt) is not None or record.get(output) is not None:
            counts = tokens(record, (prompt,), (output,), ("n_cached_context_tokens_total",))
        for field, unit in (("num_images", "images"), ("num_characters", "characters")):
            if record.get(field) is not None:
                counts.append((unit, {"quantity": whole(record.get(field))}))
        if not counts:
            raise Bad("nothing counted")
        return counts + ([] if requests is None else [("requests", {"requests": whole(requests)})])

    return Outcome("openai-usage").take(records, handle)


def anthropic_usage(records):
    """Anthropic's usage: its input counts leave out what a cache served or stored. Requests are not counted."""

    def handle(record):
        moment(record.need("starting_at", "usage_date_utc"))
        searches = counted(record, "server_tool_use_web_search_requests", "web_search_count")
        calls = [("searches", {"quantity": searches})] if searches else []
        return calls + tokens(
            record,
            ("uncached_input_tokens", "usage_input_tokens_no_cache"),
            ("output_tokens", "usage_output_tokens"),
            ("cache_read_input_tokens", "usage_input_tokens_cache_read"),
            ("cache_creation_ephemeral_5m_input_tokens", "usage_input_tokens_cache_write_5m",
             "cache_creation_input_tokens"),
            ("cache_creation_ephemeral_1h_input_tokens", "usage_input_tokens_cache_write_1h"),
            inclusive=False,
        )

    return Outcome("anthropic-usage").take(records, handle)


def opened(record, *names):
    """The record with what JSON text in these fields says, as if the fields had been objects."""
    values = dict(record.values)
    for name in names:
        text = record.get(name)
        if isinstance(text, str) and text.startswith("{"):
            try:
                inner = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=str)
            except json.JSONDecodeError as error:
                raise Bad(f"{name} is no JSON") from error
            values[norm(name)] = inner
            values.update(flat(inner, name).values)
    return Record(values, record.whole)


def claim(value):
    """What a gateway says it cost; it is no bill."""
    return [] if value is None else [("USD", {"claimed": money(value)})]


def litellm(records):
    """LiteLLM's spend log, its logging payload, or its daily tables. Rows of failed calls count as they stand."""
    details = "usage_prompt_tokens_details_cached_tokens"
    seen = set()

    def handle(record):
        record = opened(record, "metadata", "usage")
        moment(record.need("startTime", "date"))
        one = record.get("request_id", "id")
        if one is not None and one in seen:
            return None
        seen.add(one)
        requests = record.get("api_requests") if "api_requests" in record else ONE
        counts = tokens(
            record,
            ("prompt_tokens", "usage_prompt_tokens"),
            ("completion_tokens", "usage_completion_tokens"),
            ("cache_read_input_tokens", details, "usage_cache_read_input_tokens",
             "metadata_usage_object_prompt_tokens_details_cached_tokens",
             "metadata_usage_object_cache_read_input_tokens"),
            ("cache_creation_input_tokens", "usage_cache_creation_input_tokens",
             "metadata_usage_object_cache_creation_input_tokens"),
            requests=requests,
        )
        return claim(record.get("spend", "response_cost")) + counts

    return Outcome("litellm").take(records, handle)


def langfuse(records):
    """Langfuse's observations: generations only, since what holds them repeats them; of one id the latest."""
    latest = {}
    for _, record in records:
        changed = str(record.get("updated_at") or "")
        if changed >= latest.get(record.get("id"), ("", None))[0]:
            latest[record.get("id")] = (changed, record)

    def handle(record):
        if str(record.get("type") or "GENERATION").upper() != "GENERATION":
            return None
        if latest[record.need("id")][1] is not record:
            return None
        record = opened(record, "usage_details", "cost_details")
        moment(record.need("start_time"))
        cost = record.get("total_cost", "cost_details_total")
        return claim(cost) + langfuse_tokens(record.get("usage_details"))

    return Outcome("langfuse").take(records, handle)


def langfuse_tokens(details):
    """Its classes share no token, so each is added where it belongs; `total` is their sum.

    A total of input and output alone says that the other classes are parts of those two.
    """
    if not isinstance(details, dict):
        raise Bad("no usage")
    classes = dict.fromkeys(("input", "read", "short", "long", "output"), Decimal(0))
    for key, value in details.items():
        name = key.lower()
        if value is None or name == "total":
            continue
        if name.startswith("output"):
            into = "output"
        elif "creation" in name or "write" in name:
            into = "long" if "1h" in name else "short"
        else:
            into = "read" if "cache" in name else "input"
        classes[into] += whole(value)
    given = {name.lower(): whole(value) for name, value in details.items() if value is not None}
    plain = [given.get(name, Decimal(0)) for name in ("input", "output")]
    if given.get("total") == sum(plain) != sum(classes.values()):
        classes["input"] = plain[0] - classes["read"] - classes["short"] - classes["long"]
        classes["output"] = plain[1]
        if classes["input"] < 0:
            raise Bad("more cached tokens than tokens")
    names = {name: [name] for name in classes}
    return tokens(Record(classes), names["input"], names["output"], names["read"], names["short"], names["long"],
                  requests=ONE, inclusive=False)


def helicone(records):
    """Helicone's export: a row for each request, told apart by its id where it has one."""
    seen = set()

    def handle(record):
        moment(record.need("created_at", "request_created_at"))
        counts = tokens(record, ("prompt_tokens",), ("completion_tokens",),
                        ("prompt_cache_read_tokens",), ("prompt_cache_write_tokens",), requests=ONE)
        one = record.get("request_id", "id")
        if one is not None and one in seen:
            return None
        seen.add(one)
        return claim(record.get("cost", "cost_usd", "total_cost", "provider_total_cost")) + counts

    return Outcome("helicone").take(records, handle)


def token_usage(sheet):
    """Marginline's own token usage."""
    if not sheet.has("date", "provider", "model", "input_tokens", "output_tokens"):
        return None

    def handle(record):
        moment(record.need("date"))
        record.need("provider")
        record.need("model")
        counted(record, "reasoning_tokens")
        return tokens(record, ("input_tokens",), ("output_tokens",), ("cache_read_tokens",),
                      ("cache_write_5m_tokens",), ("cache_write_1h_tokens",),
                      requests=record.get("requests"), inclusive=False)

    return Outcome("token-usage").take(sheet.records, handle)


def opencost(records):
    """OpenCost's shares of a cluster, as it claims them."""

    def handle(record):
        moment(record.need("Date", "start", "window_start"))
        return claim(record.need("TotalCost", "amortizedNetCost_cost"))

    return Outcome("opencost").take(records, handle)


def opencost_records(value):
    """Objects of an allocation or of cloud costs in file order; None where the document is neither."""
    data = value.get("data") if isinstance(value, dict) else None
    if isinstance(data, dict) and isinstance(data.get("sets"), list):
        groups = [group.get("cloudCosts") or {} for group in data["sets"]]
    elif isinstance(data, list) and data and all(isinstance(group, dict) for group in data if group):
        groups = [group or {} for group in data]
        if not all(isinstance(item, dict) and "window" in item for group in groups for item in group.values()):
            return None
    else:
        return None
    items = [flat(item) for group in groups for item in group.values()]
    return list(enumerate(items, 1))
