// Views out of snapshots for the fixture backend. Never part of the production bundle.
import type {
  Assumption,
  Cell,
  CompareQuery,
  CompareView,
  CostsQuery,
  CostsView,
  DifferenceView,
  ImportsView,
  Kpi,
  MarginQuery,
  MarginView,
  PriceEffect,
  PriceItemView,
  PricesQuery,
  PricesView,
  Notice,
  Choice,
  Override,
  QuarantineView,
  Row,
  ScenarioInfo,
  ScenarioLock,
  Table,
} from "./backend.ts";
import { card } from "./fixture-workbench.ts";
import compareJson from "./snapshots/compare.json";
import costsJson from "./snapshots/costs.json";
import differenceJson from "./snapshots/difference.json";
import importsJson from "./snapshots/imports.json";
import pricesJson from "./snapshots/prices.json";
import marginJson from "./snapshots/margin.json";
import quarantineJson from "./snapshots/quarantine.json";

type MarginFile = Omit<MarginView, "table"> & {
  tables: Record<string, Table>;
  series: number[];
  plan: number[];
  drivers: [string, number, string][];
};
type Stated = Pick<
  Assumption,
  "scenario" | "path" | "label" | "value" | "unit" | "min" | "max" | "step" | "shown" | "provenance"
>;
type CompareFile = Omit<CompareView, "assumptions" | "cards" | "explained"> & {
  assumptions: Stated[];
  series: Record<string, number[]>;
  month_labels: string[];
};
type CostsFile = {
  months: Choice[];
  keys: Choice[];
  dims: Record<string, string[]>;
  weights: Record<string, number[]>;
  total: string;
  kpis: Kpi[];
  notices: Notice[];
};

export const marginFile = marginJson as unknown as MarginFile;
export const compareFile = compareJson as unknown as CompareFile;
export const costsFile = costsJson as unknown as CostsFile;
export const quarantineView = quarantineJson as unknown as QuarantineView;
export const differenceView = differenceJson as unknown as DifferenceView;

export function importsSnapshot(empty: boolean): ImportsView {
  const view = importsJson as unknown as ImportsView;
  return empty ? { ...view, batches: [], redo: null, notices: [] } : view;
}

export function marginSnapshot(query: MarginQuery, bare: boolean): MarginView {
  const { tables, series: _series, plan: _plan, drivers: _drivers, ...view } = marginFile;
  const month = query.month ?? view.month;
  const table = tables[query.by];
  if (!table) throw { what: "no such grouping", place: query.by, next: null };
  return {
    ...view,
    month,
    month_label: view.months.find((choice) => choice.id === month)?.label ?? month,
    months: bare ? [] : view.months,
    basis_label: query.basis === "usage_date" ? "usage date" : "billing month",
    table,
  };
}

const cell = (value: string | null, shown: string = value ?? "–"): Cell => ({
  value,
  shown,
  tone: "neutral",
  best: false,
  range: null,
  note: null,
});

const money = (cents: number): Cell => {
  const [whole = "0", part = "00"] = (cents / 100).toFixed(2).split(".");
  return cell(`${whole}.${part}`, Number(whole).toLocaleString("en-US"));
};

export function costsSnapshot(query: CostsQuery, bare: boolean): CostsView {
  const { months, keys, kpis, notices } = costsFile;
  const from = query.from ?? months[0]?.id ?? "";
  const to = query.to ?? months.at(-1)?.id ?? "";
  const label = (id: string) => months.find((month) => month.id === id)?.label ?? id;
  return {
    from,
    to,
    period_label: from === to ? label(from) : `${label(from)} – ${label(to)}`,
    months: bare ? [] : months,
    keys,
    currency: "USD",
    basis_label: query.basis === "usage_date" ? "usage date" : "billing month",
    kpis,
    table: costsTable(query),
    notices,
  };
}

function costsTable(query: CostsQuery): Table {
  const label = (id: string) => costsFile.keys.find((key) => key.id === id)?.label ?? id;
  const rows = groups(query, query.by).map(({ words, weight }): Row => {
    const cents = Math.round(weight * 76_610_427);
    const figures = [
      money(cents),
      money(Math.round(cents * 1.0197)),
      money(Math.round(cents * 1.264)),
      cell((weight * 100).toFixed(2), `${(weight * 100).toFixed(1)}%`),
    ];
    return { key: words.join("|"), kind: "row", cells: [...words.map((word) => cell(word)), ...figures] };
  });
  const blanks = query.by.slice(1).map(() => cell(null, ""));
  const total: Row = {
    key: "total",
    kind: "total",
    cells: [cell("Total"), ...blanks, money(76_610_427), money(78_122_010), money(96_840_255), cell("100", "100%")],
  };
  const unassigned: Row = {
    key: "unassigned",
    kind: "unassigned",
    cells: [cell("Unassigned"), ...blanks, money(2_706_311), money(2_759_000), money(3_420_000), cell("3.53", "3.5%")],
  };
  return {
    id: "costs",
    title: "Costs",
    subtitle: "effective cost · USD",
    columns: [
      ...query.by.map((id) => ({ id, label: label(id), unit: "", kind: "text" as const })),
      { id: "effective", label: "Effective", unit: "USD", kind: "money" },
      { id: "billed", label: "Billed", unit: "USD", kind: "money" },
      { id: "list", label: "List", unit: "USD", kind: "money" },
      { id: "share", label: "Share", unit: "%", kind: "percent" },
    ],
    rows: [...rows, ...(query.by.some((id) => id.startsWith("tag:")) ? [unassigned] : []), total],
    notes: [],
  };
}

export function groups(query: CostsQuery, by: string[]): { words: string[]; weight: number }[] {
  let made: { words: string[]; weight: number }[] = [{ words: [], weight: 1 }];
  for (const key of by) {
    const words = costsFile.dims[key] ?? [];
    const only = query.filters.find((filter) => filter.key === key)?.value;
    const weights = costsFile.weights[key] ?? [];
    const sum = weights.reduce((all, one) => all + one, 0) || 1;
    made = made.flatMap((group) =>
      words.flatMap((word, place) =>
        only && only !== word
          ? []
          : [{ words: [...group.words, word], weight: (group.weight * (weights[place] ?? 0)) / sum }],
      ),
    );
  }
  return made;
}

/** Rows of the snapshot whose figures can be explained; the others are measured in something else. */
const EXPLAINED: CompareView["explained"] = [
  { table: "compare", row: "margin_24", line: "Gross margin", month: "2027-03" },
  { table: "compare", row: "margin_total", line: "Gross margin", month: "all" },
  ...compareFile.months.rows.map(({ key: row }) => ({ table: "compare_months", row, line: "Gross margin", month: "2026-10" })),
];

export function compareSnapshot(query: CompareQuery, locks?: Map<string, ScenarioLock | null>): { known: ScenarioInfo[]; view: CompareView } {
  const { series: _series, month_labels: _labels, ...view } = compareFile;
  const able = view.scenarios.filter((scenario) => scenario.problem === null).map((scenario) => scenario.id);
  const ids = query.scenarios.length > 0 ? query.scenarios : able;
  const narrow = (table: Table): Table => {
    const kept = table.columns.flatMap((column, at) => (at === 0 || ids.includes(column.id) ? [at] : []));
    return {
      ...table,
      columns: table.columns.filter((_, at) => kept.includes(at)),
      rows: table.rows.map((row) => ({ ...row, cells: row.cells.filter((_, at) => kept.includes(at)) })),
    };
  };
  const scenarios = view.scenarios
    .filter((scenario) => ids.includes(scenario.id))
    .map((scenario) => ({ ...scenario, lock: locks?.get(scenario.id) ?? null }));
  return {
    known: view.scenarios,
    view: {
      ...view,
      scenarios,
      cards: scenarios.map(card),
      table: narrow(view.table),
      differences: narrow(view.differences),
      months: narrow(view.months),
      explained: EXPLAINED,
      assumptions: view.assumptions
        .filter((assumption) => ids.includes(assumption.scenario))
        .map((assumption) => assumptionOf(assumption, query.overrides)),
      break_even: view.break_even.filter((one) => ids.includes(one.winner) && ids.includes(one.loser)),
    },
  };
}

/** A number of the snapshot with what was changed of it. */
function assumptionOf(stated: Stated, overrides: Override[]): Assumption {
  const changed = (key: string) =>
    overrides.find((one) => one.scenario === stated.scenario && one.path === `${stated.path}${key}`)?.value;
  const value = changed("");
  const [source = "", evidence = "assumed"] = stated.provenance.split(" · ");
  return {
    ...stated,
    ...(value === undefined ? {} : { value, shown: `${value} ${stated.unit}` }),
    kept: stated.value,
    source: changed(".source") ?? source,
    observed: changed(".observed") ?? null,
    evidence: changed(".evidence") ?? evidence,
    low: changed(".low") || null,
    high: changed(".high") || null,
    shape: changed(".shape") ?? "pert",
    drawable: true,
  };
}

const pricesFile = pricesJson as unknown as { view: PricesView; item: PriceItemView; effect: PriceEffect };
export const priceEffect = pricesFile.effect;

export function pricesSnapshot(query: PricesQuery, bare: boolean): PricesView {
  const { view, item } = pricesFile;
  const table = bare ? { ...view.table, rows: [] } : view.table;
  return { ...view, table, items: bare ? [] : view.items, item: query.item ? { ...item, title: query.item.item } : null };
}
