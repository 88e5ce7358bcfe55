"""Writes fixtures/differential/prices.csv: what the Python package genai-prices says of 300 usages.

    python3 -m venv venv && venv/bin/pip install genai-prices==0.2.1
    venv/bin/python xtask/prices/differential.py > fixtures/differential/prices.csv

The package is an evaluator that shares its data with our bundled list and none of its code. It was run once; the test
reads the committed file. Kinds of row, and what ours must answer (column `ours`):

    plain         one request below every threshold at the standard tier: the same
    long          one request whose prompt is longer than a threshold: the same
    batch         one request in a batch, when batches have a price on the list: the same
    bucket        sums of many short requests. The package applies the threshold to the sum; ours must not: `estimated`,
                  the point being `ours_usd`, the mean request's cost times their number
    batch-before  a batch before batches have a price: the package answers the standard price; ours is `unpriced`
    unknown-tier  a service tier that is on no list: the package answers the standard price; ours is `unpriced`
    unpriced      tokens of a class without a price of its own: the package bills them as plain input; ours is `unpriced`

Models whose price depends on the hour of the day, or that cost a fee for each request, are left out.
`input` is uncached input alone, and `cache_write_5m` is five-minute writes alone. The time of a request is noon UTC.
"""

import csv
import datetime
import random
import sys

import genai_prices
from genai_prices import Usage, calc_price, data_snapshot, types

assert genai_prices.__version__ == '0.2.1', 'the same data as the bundled list'

FIRST, LAST = datetime.date(2024, 2, 1), datetime.date(2026, 10, 31)
# Sellers whose models people use most; each gives as many rows as the next.
SELLERS = (
    'anthropic openai google aws azure mistral x-ai groq cohere deepseek fireworks together perplexity openrouter '
    'moonshotai minimax cerebras novita'
).split()
CLASSES = ('input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output')
FIELDS = ('input_mtok', 'cache_read_mtok', 'cache_write_mtok', 'cache_write_1h_mtok', 'output_mtok')
dice = random.Random(20261121)
snapshot = data_snapshot.get_snapshot()
rows = []


def noon(date):
    return datetime.datetime.combine(date, datetime.time(12), datetime.timezone.utc)


def some_day(first=FIRST, last=LAST):
    return first + datetime.timedelta(days=dice.randrange((last - first).days + 1))


def by_time_of_day(model):
    """Prices that change within a day are a matter of their own."""
    conditions = model.prices if isinstance(model.prices, list) else []
    return any(isinstance(each.constraint, types.TimeOfDateConstraint) for each in conditions)


def by_request(model):
    """The package adds a fee to each call where one is listed; here are the tokens alone."""
    conditions = model.prices if isinstance(model.prices, list) else [model]
    return any(getattr(each.prices, 'requests_kcount', None) for each in conditions)


def prices(model, date, context=None):
    return model.get_prices(noon(date), context)


def base(price):
    return price.base if isinstance(price, types.TieredPrices) else price


def threshold(price):
    """The lowest threshold of any class, or none."""
    found = [tier.start for each in FIELDS for tier in getattr(getattr(price, each, None), 'tiers', ())]
    return min(found, default=None)


def own(price):
    """Which classes have a price of their own: stated, above zero, and not the one of the class around them."""
    known = {name: base(getattr(price, field, None)) for name, field in zip(CLASSES, FIELDS)}
    around = {'cache_read': known['input'], 'cache_write_5m': known['input']}
    around['cache_write_1h'] = known['cache_write_5m'] or known['input']
    return {name for name, value in known.items() if value and value != around.get(name)}


def ask(seller, model, date, tokens, context=None):
    usage = Usage(
        input_tokens=sum(tokens[name] for name in CLASSES[:4]),
        cache_read_tokens=tokens['cache_read'],
        cache_write_tokens=tokens['cache_write_5m'] + tokens['cache_write_1h'],
        cache_write_1h_tokens=tokens['cache_write_1h'],
        output_tokens=tokens['output'],
    )
    return calc_price(
        usage, model, provider_id=seller, genai_request_timestamp=noon(date), price_context=context
    )


def add(kind, seller, model, date, tokens, why, tier='', requests=1, ours='same', ours_usd=None, context=None):
    try:
        answer = ask(seller, model.id, date, tokens, context)
    except LookupError:
        return False  # a few ids of the list are not found by it
    if answer.model.id != model.id:
        return False
    usd = answer.total_price
    stated = {'same': usd, 'estimated': ours_usd, 'unpriced': None}[ours]
    rows.append([
        kind, seller, model.id, date, tier, requests, *(tokens[name] for name in CLASSES), f'{usd:f}', ours,
        '' if stated is None else f'{stated:f}', why,
    ])
    return True


def some_tokens(classes, most=90_000):
    """Up to `most` tokens of prompt, over the classes, and some output."""
    tokens = dict.fromkeys(CLASSES, 0)
    inside = [name for name in CLASSES[:4] if name in classes]
    for name in inside:
        tokens[name] = dice.randrange(1, most // len(inside))
    tokens['output'] = dice.randrange(1, 20_000)
    return tokens


def sold(seller):
    models = next(each for each in snapshot.providers if each.id == seller).models
    return [model for model in models if not by_time_of_day(model) and not by_request(model)]


def rounds(count, kind, candidates, make):
    """Rows from each seller in turn, until there are enough."""
    piles = [dice.sample(pile, len(pile)) for pile in candidates if pile]
    added = 0
    while added < count:
        assert any(piles), f'too few models for {kind}'
        for pile in piles:
            if pile and added < count and make(*pile.pop()):
                added += 1


def plain(seller, model):
    date = some_day()
    price = prices(model, date)
    classes = own(price)
    start = threshold(price)
    # Below 100,000 tokens nothing of these models changes.
    if not {'input', 'output'} <= classes or (start is not None and start < 100_000):
        return False
    return add('plain', seller, model, date, some_tokens(classes), 'one request at the standard tier')


def long(seller, model):
    date = some_day(datetime.date(2026, 1, 1))
    price = prices(model, date)
    start = threshold(price)
    if start is None or not {'input', 'output'} <= own(price):
        return False
    tokens = some_tokens({'input'})
    tokens['input'] = start + dice.choice((1, 2, 50_000))
    return add('long', seller, model, date, tokens, f'the whole request at the price above {start} tokens')


def variants(model):
    found = [each for each in model.price_variants or () if each.when == {'processing': 'batch'}]
    return found if len(found) == 1 else []


def batch(seller, model):
    [variant] = variants(model)
    start = getattr(variant.constraint, 'start_date', FIRST)
    date = some_day(max(start, FIRST))
    price = prices(model, date)
    changed = all(
        base(getattr(variant.prices, field, None)) != base(getattr(price, field, None)) for field in FIELDS[::4]
    )
    if not changed or not {'input', 'output'} <= own(price):
        return False
    context = {'processing': 'batch'}
    return add('batch', seller, model, date, some_tokens({'input'}), 'a price of its own from its day on', 'batch',
               context=context)


def batch_before(seller, model):
    [variant] = variants(model)
    start = getattr(variant.constraint, 'start_date', None)
    if start is None or start <= FIRST + datetime.timedelta(days=30):
        return False
    date = some_day(start - datetime.timedelta(days=30), start - datetime.timedelta(days=1))
    if not {'input', 'output'} <= own(prices(model, date)):
        return False
    return add('batch-before', seller, model, date, some_tokens({'input'}), f'batches have a price from {start} on',
               'batch', ours='unpriced', context={'processing': 'batch'})


def unknown_tier(seller, model):
    date = some_day()
    if not {'input', 'output'} <= own(prices(model, date)):
        return False
    tier = dice.choice(('btach', 'turbo', 'Standart', 'overnight', 'flexx'))
    return add('unknown-tier', seller, model, date, some_tokens({'input'}), f'no list has a tier {tier}', tier,
               ours='unpriced', context={'service_tier': tier, 'processing': tier})


def unpriced(seller, model):
    date = some_day()
    classes = own(prices(model, date))
    lacking = [name for name in CLASSES[1:4] if name not in classes]
    if not {'input', 'output'} <= classes or not lacking:
        return False
    tokens = some_tokens({'input'})
    name = dice.choice(lacking)
    if name == 'cache_write_1h' and 'cache_write_5m' in classes:
        why = 'writes for an hour would be billed as those for five minutes'
    else:
        why = f'{name} would be billed as plain input'
    tokens[name] = dice.randrange(1, 5_000)
    return add('unpriced', seller, model, date, tokens, why, ours='unpriced')


def bucket(seller, model):
    date = some_day(datetime.date(2026, 1, 1))
    price = prices(model, date)
    start = threshold(price)
    if start is None or start < 100_000 or not {'input', 'output'} <= own(price):
        return False
    one = {**some_tokens({'input'}), 'input': dice.randrange(5_000, 60_000)}
    requests = dice.choice((40, 100, 1_000, 25_000))
    tokens = {name: count * requests for name, count in one.items()}
    try:
        point = requests * ask(seller, model.id, date, one).total_price
    except LookupError:
        return False
    return add('bucket', seller, model, date, tokens, f'no request is longer than {start} tokens, their sum is',
               requests=requests, ours='estimated', ours_usd=point)


every = [[(seller, model) for model in sold(seller)] for seller in SELLERS]
in_batches = [[pair for pair in pile if variants(pair[1])] for pile in every]
rounds(216, 'plain', every, plain)
rounds(12, 'long', every, long)
rounds(12, 'batch', in_batches, batch)
rounds(20, 'bucket', every, bucket)
rounds(12, 'batch-before', in_batches, batch_before)
rounds(14, 'unknown-tier', every, unknown_tier)
rounds(14, 'unpriced', every, unpriced)
table = csv.writer(sys.stdout, lineterminator='\n')
table.writerow(['kind', 'provider', 'model', 'date', 'service_tier', 'requests', *CLASSES, 'python_usd', 'ours',
                'ours_usd', 'why'])
table.writerows(rows)
