// An unknown table and its mapping, as the fixture backend replays them. Never part of the production bundle.
import type { MappingPreview, MappingRow, Problem } from "./backend.ts";

const HEADER = ["Datum", "Dienst", "Projekt", "Region", "Nettobetrag", "Währung"];
const CELLS: [string, string, string, string, string, string][] = [
  ["01.10.2026", "Rechenzeit", "Suche", "eu-1", "1.000,50", "EUR"],
  ["13.10.2026", "Rechenzeit", "Suche", "eu-1", "200,25", "EUR"],
  ["14.10.2026", "Speicher", "Chat", "eu-1", "99,25", "EUR"],
  ["15.10.2026", "Speicher", "Chat", "eu-1", "auf Anfrage", "EUR"],
  ["31.10.2026", "Gutschrift", "Chat", "eu-1", "-50,00", "EUR"],
];
const FIELDS: Record<string, string[]> = {
  bill: ["usage_date", "billing_month", "billed", "effective", "currency", "provider", "account", "region", "service"],
  revenue: ["invoice_date", "amount", "currency", "customer", "product", "region"],
};
const NEEDED: Record<string, string[]> = { bill: ["usage_date", "billed"], revenue: ["invoice_date", "amount"] };
const GUESSES: Record<string, ([string, number] | null)[]> = {
  bill: [["usage_date", 0.94], ["service", 1], ["account", 0.58], ["region", 1], ["billed", 0.88], ["currency", 1]],
  revenue: [["invoice_date", 0.94], null, ["product", 0.52], ["region", 1], ["amount", 0.88], ["currency", 1]],
};

export const guessedMapping = `[mapping]
name = "odd"
target = "bill"
header = ["Datum", "Dienst", "Projekt", "Region", "Nettobetrag", "Währung"]
delimiter = ";"
skip_lines = 3
decimal = "," # 1.00
date_format = "day-first" # 1.00

[columns]
usage_date = "Datum" # 0.94
service = "Dienst" # 1.00
account = "Projekt" # 0.58
region = "Region" # 1.00
billed = "Nettobetrag" # 0.88
currency = "Währung" # 1.00
`;

const told = (text: string, key: string) => new RegExp(`^"?${key}"? = "(.*?)"`, "m").exec(text)?.[1];

export function previewOf(text: string): MappingPreview {
  const target = told(text, "target") ?? "bill";
  const columns = text.split("[columns]")[1] ?? "";
  const held = [...columns.matchAll(/^"?([\w:]+)"? = "(.*?)"/gm)].map((found) => [found[1] ?? "", found[2] ?? ""]);
  const columnOf = (field: string) => held.find(([one]) => one === field)?.[1];
  const lacking = NEEDED[target]?.find((field) => columnOf(field) === undefined);
  const name = told(text, "name") ?? "";
  const problem: Problem | null = lacking
    ? { what: `the mapping ${name} does not tell ${lacking}`, place: null, next: "name its column" }
    : null;
  const rows = CELLS.map((cells, at) => read(cells, at + 5, text, (field) => HEADER.indexOf(columnOf(field) ?? "")));
  return {
    name,
    target,
    guessed: text === guessedMapping,
    saved: null,
    text,
    fingerprint: "0f3c",
    columns: HEADER.map((column, at) => ({
      name: column,
      samples: [...new Set(CELLS.map((cells) => cells[at] ?? ""))].slice(0, 3),
      fields: held.filter(([, one]) => one === column).map(([field]) => field ?? ""),
      guess: GUESSES[target]?.[at]?.[0] ?? null,
      confidence: GUESSES[target]?.[at]?.[1] ?? 0,
    })),
    fields: (FIELDS[target] ?? []).map((id) => ({ id, needed: NEEDED[target]?.includes(id) ?? false })),
    rows: problem ? rows.map(({ line, cells }) => ({ ...EMPTY, line, cells })) : rows,
    problems: [{ line: 8, column: "Nettobetrag", found: "auf Anfrage", expected: "an amount, such as 1.234,56" }],
    notices:
      text === guessedMapping
        ? [{ id: "columns", text: "matched with little confidence: Projekt", tone: "warn" }]
        : [],
    problem,
  };
}

const EMPTY: MappingRow = { line: 0, cells: [], date: null, amount: null, currency: null, about: "", problem: null };

function read(cells: string[], line: number, text: string, at: (field: string) => number): MappingRow {
  const cell = (field: string) => cells[at(field)] ?? "";
  const dated = cell("usage_date") || cell("invoice_date");
  const written = cell("billed") || cell("amount");
  const number = told(text, "decimal") === "," ? written.replaceAll(".", "").replace(",", ".") : written;
  if (!/^-?\d+(\.\d+)?$/.test(number)) {
    return { ...EMPTY, line, cells, problem: "Nettobetrag: expected an amount, such as 1.234,56" };
  }
  const [day, month, year] = dated.split(".");
  const about = ["provider", "account", "service", "region"].map(cell).filter(Boolean).join(" · ");
  return { ...EMPTY, line, cells, date: `${year}-${month}-${day}`, amount: number, currency: cell("currency"), about };
}
