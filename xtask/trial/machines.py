"""Machines: GPU metrics of DCGM, Prometheus and nvidia-smi, GPU hours, request traces and benchmark runs.

Of GPU metrics a sample is one GPU at one time: however many values the file has for it, it is stored once.
"""

import re
from decimal import Decimal

from reading import Bad, Outcome, Refused, flat, lines_of, moment, norm, number, whole

ONE = Decimal(1)
GAPS = {"NaN", "Inf", "+Inf", "-Inf"}
LINE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SMI_TIME = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(\.\d+)?")
PCI = re.compile(r"[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.\d")


def gpu_of(labels):
    """What names a GPU, or a slice of one, among the labels of a metric."""
    named = {key.lower(): value for key, value in labels.items()}
    gpu = named.get("uuid") or (named.get("gpu") and (named["gpu"], named.get("hostname"), named.get("instance")))
    return (gpu, named.get("gpu_i_id")) if gpu else None


def reading(metric, value):
    """A value within what its metric can be."""
    found = number(value)
    if metric == "DCGM_FI_DEV_GPU_UTIL" and not 0 <= found <= 100:
        raise Bad("a share beyond 0 to 100")
    if re.fullmatch(r"DCGM_FI_PROF_\w+_ACTIVE", metric) and not 0 <= found <= 1:
        raise Bad("a share beyond 0 to 1")
    if re.fullmatch(r"DCGM_FI_DEV_(FB_\w+|POWER_USAGE)", metric) and found < 0:
        raise Bad("an amount below 0")
    return found


def finish(outcome, samples):
    """Each GPU and time once."""
    outcome.stored = len(samples)
    if samples:
        outcome.add("samples", samples=Decimal(len(samples)))
    return outcome


def dcgm(text):
    """A scrape of the exporter. A line without a time is of the time of the scrape, which the file does not know."""
    if not re.search(r"^DCGM_\w+\{", text, re.MULTILINE):
        return None
    outcome, samples = Outcome("dcgm"), set()
    for place, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        outcome.read += 1
        found = LINE.fullmatch(line)
        try:
            if not found:
                raise Bad("no metric")
            metric, labels, value, time = found.groups()
            if metric.startswith("DCGM_") and value not in GAPS:
                gpu = gpu_of(dict(LABEL.findall(labels or "")))
                if gpu is None:
                    raise Bad("no GPU")
                reading(metric, value)
                samples.add((gpu, time))
        except Bad:
            outcome.bad.append(place)
    return finish(outcome, samples)


def prometheus(value):
    """An answer of Prometheus. Without a metric of a GPU there is nothing in it to import."""
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict) or data.get("resultType") not in ("matrix", "vector"):
        return None
    outcome, samples, gpus = Outcome("prometheus"), set(), 0
    for series in data.get("result", []):
        labels = series.get("metric", {})
        metric = labels.get("__name__", "")
        about_gpu = metric.startswith(("DCGM_", "nvidia_")) or "UUID" in labels
        gpus += about_gpu
        for pair in series.get("values") or [series.get("value")]:
            outcome.read += 1
            if not about_gpu or pair[1] in GAPS:
                continue
            try:
                if not metric:
                    raise Bad("no name, so nobody knows what was measured")
                gpu = gpu_of(labels)
                if gpu is None:
                    raise Bad("no GPU")
                moment(pair[0])
                reading(metric, pair[1])
                samples.add((gpu, pair[0]))
            except Bad:
                outcome.bad.append(outcome.read)
    if outcome.read and not gpus:
        raise Refused("no metric of a GPU")
    return finish(outcome, samples)


def nvidia_smi(text):
    """What `nvidia-smi --format=csv` prints, with or without its header, which a restart repeats midway."""
    rows = [(line, [field.strip() for field in row]) for line, row in lines_of(text)]
    header, has_header = [norm(re.sub(r"\[.*\]", "", name)) for name in rows[0][1]], False
    if "timestamp" in header and any(name in header for name in ("utilizationgpu", "pcibusid", "powerdraw")):
        has_header = True
    elif not (SMI_TIME.fullmatch(rows[0][1][0]) and any(PCI.fullmatch(field) for field in rows[0][1])):
        return None
    outcome, samples = Outcome("nvidia-smi"), set()
    for line, row in rows:
        if "timestamp" in (field.lower() for field in row):
            continue
        outcome.read += 1
        try:
            if len(row) != len(rows[0][1]):
                raise Bad("the number of fields differs")
            fields = dict(zip(header, row)) if has_header else {}
            time = fields.get("timestamp") or row[0]
            moment(time)
            gpu = fields.get("uuid") or fields.get("gpuuuid") or fields.get("pcibusid") or fields.get("index")
            gpu = gpu or next((field for field in row if PCI.fullmatch(field)), None)
            if gpu is None:
                raise Bad("no GPU")
            for field in row:
                if field.endswith(" %") and not 0 <= number(field[:-2]) <= 100:
                    raise Bad("a share beyond 0 to 100")
                if field.endswith((" MiB", " W")) and number(field.rsplit(" ", 1)[0]) < 0:
                    raise Bad("an amount below 0")
            samples.add((gpu, time))
        except Bad:
            outcome.bad.append(line)
    return finish(outcome, samples)


def gpu_hours(sheet):
    """Marginline's own GPU hours."""
    if not sheet.has("hour", "provider", "gpu", "allocated_gpu_hours"):
        return None

    def hours(value):
        found = number(value)
        if found < 0:
            raise Bad("hours below 0")
        return found

    def handle(record):
        moment(record.need("hour"))
        busy = record.get("busy_gpu_hours")
        return [("GPU hours", {
            "allocated_gpu_hours": hours(record.need("allocated_gpu_hours")),
            "busy_gpu_hours": None if busy is None else hours(busy),
        })]

    return Outcome("gpu-hours").take(sheet.records, handle)


def request_trace(sheet):
    """A row for each request: its time and its tokens in and out."""
    prompt = ("ContextTokens", "Request tokens", "input_tokens", "prompt_tokens", "input_length")
    output = ("GeneratedTokens", "Response tokens", "output_tokens", "completion_tokens", "output_length")
    if not sheet.has(("TIMESTAMP", "arrival_time", "arrived_at"), prompt, output):
        return None

    def handle(record):
        time = str(record.need("TIMESTAMP", "arrival_time", "arrived_at"))
        if re.fullmatch(r"\d+(\.\d+)?", time):
            number(time)  # seconds since the trace began
        else:
            moment(time)
        counts = {"input_tokens": whole(record.need(*prompt)), "output_tokens": whole(record.need(*output))}
        return [("requests", {"requests": ONE}), ("tokens", counts)]

    return Outcome("request-trace").take(sheet.records, handle)


def request_lines(records):
    """Requests as JSON objects: milliseconds since the trace began, and tokens in and out."""

    def handle(record):
        number(record.need("timestamp"))
        counts = {"input_tokens": whole(record.need("input_length")), "output_tokens": whole(record.need("output_length"))}
        return [("requests", {"requests": ONE}), ("tokens", counts)]

    return Outcome("request-trace").take(records, handle)


def positive(record, *names):
    """A measurement: more than nothing."""
    found = number(record.need(*names))
    if found <= 0:
        raise Bad(f"{names[0]} is not above 0")
    return found


def benchmark_table(sheet):
    """Measured runs: without the concurrency no throughput follows from the time of a token."""
    model, system = ("model_path", "model"), ("system", "gpu", "hardware")
    ttft, tpot = ("ttft_ms", "silicon_ttft_ms"), ("tpot_ms", "silicon_tpot_ms")
    names = (model, system, "isl", "osl", ("concurrency", "silicon_data_source"), ttft, tpot)
    if not sheet.has(*names):
        return None

    def handle(record):
        record.need(*model)
        record.need(*system)
        for wanted in (("isl",), ("osl",), ttft, tpot):
            positive(record, *wanted)
        if "concurrency" in record:
            positive(record, "concurrency")
        elif not re.search(r"silicon_concurrency=0*[1-9]", record.need("silicon_data_source")):
            raise Bad("no concurrency")
        return [("runs", {"runs": ONE})]

    return Outcome("benchmark").take(sheet.records, handle)


def benchmark_run(document):
    """One result a document, or a list of them, as serving benchmarks write it."""
    first = document.value[0] if isinstance(document.value, list) and document.value else document.value
    if document.lines is not None:
        first = document.lines[0][1]
    known = flat(first) if isinstance(first, dict) else None
    if known is None or not all(name in known for name in ("model_id", "total_output_tokens", "duration")):
        return None

    def handle(record):
        record.need("model_id")
        for name in ("duration", "completed", "total_output_tokens"):
            positive(record, name)
        return [("runs", {"runs": ONE})]

    return Outcome("benchmark").take(document.records(), handle)


def benchmark_reports(value):
    """Reports of GuideLLM (a run for each benchmark in it) and of inference-perf (one run); only successes count."""
    if not isinstance(value, dict):
        return None
    runs = value.get("benchmarks")
    if isinstance(runs, list) and runs and "time_to_first_token_ms" in runs[0].get("metrics", {}):
        done = [run.get("metrics", {}).get("request_totals", {}).get("successful", 0) for run in runs]
    elif "load_summary" in value and "latency" in value.get("successes", {}):
        done = [value["successes"].get("count", 0)]
    else:
        return None
    outcome = Outcome("benchmark")
    for place, count in enumerate(done, 1):
        outcome.read += 1
        if count > 0:
            outcome.stored += 1
            outcome.add("runs", runs=ONE)
        else:
            outcome.bad.append(place)
    return outcome
