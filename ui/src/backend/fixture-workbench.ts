// The scenario workbench out of snapshots, for the fixture backend. Never part of the production bundle.
import type {
  BridgeQuery,
  BridgeView,
  CapacityView,
  CapacityWeekQuery,
  Cell,
  Kpi,
  OptimiseView,
  Override,
  RiskQuery,
  RiskView,
  Row,
  ScenarioCard,
  ScenarioInfo,
  ScenarioLock,
  ScenarioQuery,
  ScenariosChanged,
  ScenarioText,
  SensitivityView,
  Table,
} from "./backend.ts";
import { compareFile } from "./fixture-views.ts";

const cell = (value: string | null, shown: string = value ?? "–"): Cell => ({
  value,
  shown,
  tone: "neutral",
  best: false,
  range: null,
  note: null,
});
const row = (key: string, cells: Cell[], kind: Row["kind"] = "row"): Row => ({ key, kind, cells });
const kpi = (id: string, label: string, value: string, shown: string, note: string, tone: Kpi["tone"] = "neutral"): Kpi => ({
  id,
  label,
  value,
  shown,
  note,
  tone,
});
const table = (id: string, title: string, subtitle: string, columns: [string, string][], rows: Row[]): Table => ({
  id,
  title,
  subtitle,
  columns: columns.map(([column, label], at) => ({ id: column, label, unit: "", kind: at === 0 ? "text" : "money" })),
  rows,
  notes: [],
});

const BADGES: Record<string, ScenarioCard["badges"]> = {
  "api-only": [
    { limit: "residency", verdict: "fails", reason: "us-east only", tone: "bad" },
    { limit: "p95 time to first token", verdict: "unknown", reason: "nothing measured", tone: "warn" },
  ],
  hybrid: [{ limit: "p95 time to first token", verdict: "at_risk", reason: "240 to 380 ms", tone: "warn" }],
};

export function card(info: ScenarioInfo): ScenarioCard {
  const spark = compareFile.series[info.id] ?? [];
  const last = spark.at(-1);
  return {
    info,
    margin: last === undefined ? null : last.toFixed(2),
    shown: last === undefined ? "–" : `${last.toFixed(1)}%`,
    note: last === undefined ? "" : `month ${spark.length}`,
    spark,
    badges: BADGES[info.id] ?? [],
    base: null,
    optimises: info.id === "own-h100",
    has_capacity: info.kind.includes("own GPUs"),
  };
}

const LOCK: ScenarioLock = { hash: "4f1c0a92d7be", locked_on: "2026-11-20" };

/** Scenarios that can be added, renamed and taken away. */
export class FixtureScenarios {
  #list: ScenarioInfo[];

  constructor(locked: string[]) {
    this.#list = compareFile.scenarios.map((info) => ({ ...info, lock: locked.includes(info.id) ? LOCK : null }));
  }

  /** Locks by scenario. */
  get locks(): Map<string, ScenarioLock | null> {
    return new Map(this.#list.map(({ id, lock }) => [id, lock]));
  }

  get cards(): ScenarioCard[] {
    return this.#list.map(card);
  }

  copy(of: string, name: string): ScenariosChanged {
    const id = name.toLowerCase().replace(/\W+/g, "-");
    this.#put([{ id, text: `${of}\n${name}`, place: null }]);
    return this.#changed(`added ${name}`, id, [{ id, text: null, place: null }]);
  }

  rename(id: string, name: string): ScenariosChanged {
    const was = this.#text(id);
    this.#put([{ id, text: `\n${name}`, place: null }]);
    return this.#changed(`renamed to ${name}`, id, [was]);
  }

  remove(id: string): ScenariosChanged {
    const was = this.#text(id);
    this.#put([{ id, text: null, place: null }]);
    return this.#changed(`deleted ${was.text?.split("\n")[1] ?? id}`, null, [was]);
  }

  lock(id: string): ScenariosChanged {
    return this.#turn(id, "locked", `${this.#text(id).text}\nlocked`);
  }

  unlock(id: string): ScenariosChanged {
    return this.#turn(id, "unlocked", `\n${this.#text(id).text?.split("\n")[1]}`);
  }

  #turn(id: string, done: string, text: string): ScenariosChanged {
    const was = this.#text(id);
    this.#put([{ id, text, place: null }]);
    return this.#changed(`${done} ${was.text?.split("\n")[1] ?? id}`, id, [was]);
  }

  save(overrides: Override[]): ScenariosChanged {
    const ids = [...new Set(overrides.map((override) => override.scenario))];
    return this.#changed(`saved ${ids.join(", ")}`, ids[0] ?? null, ids.map((id) => this.#text(id)));
  }

  calibrate(id: string): ScenariosChanged {
    return this.#changed(`took 3 numbers measured in October 2026 into ${id}`, id, [this.#text(id)]);
  }

  write(texts: ScenarioText[]): void {
    this.#put(texts);
  }

  #text(id: string): ScenarioText {
    const place = this.#list.findIndex((info) => info.id === id);
    const info = this.#list[place];
    return { id, text: info ? `\n${info.name}${info.lock ? "\nlocked" : ""}` : null, place: info ? place : null };
  }

  #changed(done: string, scenario: string | null, before: ScenarioText[]): ScenariosChanged {
    return { done, scenario, before, after: before.map(({ id }) => this.#text(id)) };
  }

  #put(texts: ScenarioText[]): void {
    for (const { id, text, place } of texts) {
      const [, name = id, word] = text?.split("\n") ?? [];
      const lock = word === "locked" ? LOCK : null;
      const known = this.#list.find((info) => info.id === id);
      if (text === null) this.#list = this.#list.filter((info) => info.id !== id);
      else if (known) this.#list = this.#list.map((info) => (info === known ? { ...info, name, lock } : info));
      else {
        const fresh = { id, name, kind: "patch", colour: (place ?? this.#list.length) % 8, problem: null, lock };
        this.#list = this.#list.toSpliced(place ?? this.#list.length, 0, fresh);
      }
    }
  }
}

const infoOf = (id: string): ScenarioInfo => {
  const found = compareFile.scenarios.find((scenario) => scenario.id === id) ?? compareFile.scenarios[0];
  if (!found) throw { what: "there is no such scenario", place: id, next: null };
  return found;
};

const EFFECTS: [string, string, string, string][] = [
  ["Placement", "2412004.12", "+2,412,004", "own GPUs take the load from the API"],
  ["GPU utilisation", "-911230.40", "−911,230", "GPUs stand idle at night"],
  ["Other cost of revenue", "285008.18", "+285,008", "the gateway is no longer needed"],
];

export function bridgeSnapshot(query: BridgeQuery): BridgeView {
  const [from, to] = [infoOf(query.from), infoOf(query.to)];
  const effects = EFFECTS.map(([driver, value, shown, words]) => row(driver, [cell(driver), cell(value, shown), cell(words)]));
  return {
    from,
    to,
    kpis: [
      kpi("from", from.name, "11204332.10", "$11,204,332", "24 months"),
      kpi("moved", "Difference", "1785781.90", "$1,785,782", "sum of the drivers, exact", "good"),
      kpi("to", to.name, "12990114.00", "$12,990,114", "24 months"),
    ],
    words: EFFECTS.map(([, value, shown, text]) => ({ text, shown, tone: value.startsWith("-") ? "bad" : "good" })),
    table: table(
      "bridge",
      `From ${from.name} to ${to.name}`,
      "gross margin of all months · USD · projected",
      [
        ["driver", "Driver"],
        ["effect", "Gross margin"],
        ["sentence", "What moved"],
      ],
      [
        row(from.name, [cell(from.name), cell("11204332.10", "11,204,332"), cell("")]),
        ...effects,
        row(to.name, [cell(to.name), cell("12990114.00", "12,990,114"), cell("")], "total"),
      ],
    ),
  };
}

export function sensitivitySnapshot(query: ScenarioQuery): SensitivityView {
  const moved = compareFile.assumptions.filter((assumption) => assumption.scenario === query.scenario);
  const rows = moved.map((assumption, at) =>
    row(assumption.path, [cell(assumption.label), cell(assumption.shown), cell(String(900_000 - at * 210_000))]),
  );
  const columns: [string, string][] = [
    ["assumption", "Assumption"],
    ["low", "Low"],
    ["swing", "Swing"],
  ];
  return {
    scenario: infoOf(query.scenario),
    paths: moved.map(({ path, label }) => ({ id: path, label })),
    table: table("sensitivity", `What moves the margin of ${infoOf(query.scenario).name}`, "P10 to P90 · USD", columns, rows),
  };
}

export function riskSnapshot(query: RiskQuery): RiskView {
  const drawn = query.scenarios.map(infoOf);
  const share = (at: number) => (81 - at * 9).toFixed(1);
  const columns: [string, string][] = [["measure", "Measure"], ...drawn.map(({ id, name }): [string, string] => [id, name])];
  const others = drawn.map((first, at) =>
    row(first.id, [cell(first.name), ...drawn.map((second, to) => (first === second ? cell(null, "") : cell(String(50 + (to - at) * 8), `${50 + (to - at) * 8}%`)))]),
  );
  return {
    scenarios: drawn,
    fixed: [],
    kpis: drawn.map(({ id, name }, at) =>
      kpi(id, `${name}: margin of ${query.target_percent ?? "60"}% or more`, share(at), `${share(at)}%`, "52.1% to 71.9% in 8 of 10 draws"),
    ),
    table: table("simulate", "What margin can be", "all months · projected", columns, [
      row("p50", [cell("Gross margin, %: P50"), ...drawn.map((_, at) => cell(share(at), `${share(at)}%`))]),
    ]),
    beats: table("beats", "Which earns more", "share of draws", columns, others),
    notices: [],
    draws: query.draws ?? 10000,
    seed: query.seed ?? 1,
    target_percent: query.target_percent ?? "60",
  };
}

export function optimiseSnapshot(query: ScenarioQuery): OptimiseView {
  const rows = ["B200, none standing by", "H200 SXM, none standing by", "H100 SXM, none standing by"].map((name, at) =>
    row(name, [cell(String(at + 1)), cell(name), cell(String(13_400_000 - at * 400_000), `${13.4 - at * 0.4} M`)]),
  );
  return {
    scenario: infoOf(query.scenario),
    kpis: [
      kpi("best", "Margin of the best", "13400000", "$13,400,000", "B200, none standing by", "good"),
      kpi("stated", "Margin as the file stands", "12990114", "$12,990,114", "meets"),
      kpi("tried", "Candidates", "9", "9", "9 tried; every one was tried: none is better"),
    ],
    words: [
      { text: "B200, none standing by earns 409,886 USD more gross margin than the file as it stands", shown: "", tone: "neutral" },
      { text: "8 are beaten, such as H200 SXM, none standing by", shown: "", tone: "neutral" },
    ],
    table: table(
      "optimise",
      "The best of Own H100",
      "by margin · all months",
      [
        ["rank", "Rank"],
        ["candidate", "Candidate"],
        ["gross_margin", "Gross margin"],
      ],
      rows,
    ),
    best: "B200, none standing by",
    drawable: true,
  };
}

export function capacitySnapshot(query: CapacityWeekQuery): CapacityView {
  const scenario = infoOf(query.scenario);
  const owns = scenario.kind.includes("own GPUs");
  const rows = compareFile.month_labels.map((label) => row(label, [cell(label), cell("88"), cell("96")]));
  return {
    scenario,
    month: query.month ?? compareFile.month_labels.length,
    fleet: query.fleet ?? "",
    fleets: owns
      ? [
          { id: "", label: "all GPUs" },
          { id: "serving", label: "serving" },
          { id: "database", label: "database, units" },
        ]
      : [],
    months: compareFile.month_labels.map((label, at) => ({ id: String(at + 1), label: `month ${label}` })),
    kpis: owns
      ? [
          kpi("needed", "GPUs needed", "88", "88", "in the busiest hour"),
          kpi("provided", "GPUs provided", "96", "96", "at hand in that hour"),
          kpi("headroom", "Headroom", "8.3", "8.3%", "left in the busiest hour"),
        ]
      : [],
    table: table(
      "scenario-capacity",
      "Capacity by month",
      scenario.name,
      [
        ["month", "Month"],
        ["needed", "GPUs needed"],
        ["provided", "GPUs provided"],
      ],
      rows,
    ),
    notices: [],
  };
}
