// Refused rows while a person goes through them: which are shown, which comes next, what a mended row sends.
import type { MendedRow, Problem, QuarantineView, RefusedRow } from "../../backend/backend.ts";
import { count } from "../../format.ts";

/** Fields of one row that a person changed, by their place in the row. */
export type Edits = Record<number, string>;
export type Settled = "all" | "open" | "dismissed" | "readmitted";

export const STATE_WORDS: Record<string, string> = { open: "open", dismissed: "dismissed", readmitted: "stored" };

export function shownRows(rows: RefusedRow[], column: string, state: Settled): RefusedRow[] {
  return rows.filter((row) => (!column || row.column === column) && (state === "all" || row.state === state));
}

/** Columns at fault, the most frequent first. */
export function columnsAtFault(rows: RefusedRow[]): { column: string; many: number }[] {
  const many = new Map<string, number>();
  for (const row of rows) many.set(row.column, (many.get(row.column) ?? 0) + 1);
  return [...many].map(([column, many]) => ({ column, many })).sort((left, right) => right.many - left.many);
}

export function stateChoices(rows: RefusedRow[]): { id: Settled; label: string }[] {
  const many = (state: string) => rows.filter((row) => row.state === state).length.toLocaleString("en-US");
  return [
    { id: "all", label: `All ${rows.length.toLocaleString("en-US")}` },
    { id: "open", label: `Open ${many("open")}` },
    { id: "dismissed", label: `Dismissed ${many("dismissed")}` },
    { id: "readmitted", label: `Stored ${many("readmitted")}` },
  ];
}

/** The row `by` places further, staying at the ends. */
export function stepped(rows: RefusedRow[], id: number, by: number): RefusedRow | undefined {
  const at = rows.findIndex((row) => row.id === id);
  return rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
}

/** The next row that nobody has settled: after this one, then from the top. */
export function nextOpen(rows: RefusedRow[], id: number): RefusedRow | undefined {
  const at = rows.findIndex((row) => row.id === id);
  const others = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))];
  return others.find((row) => row.state === "open");
}

/** Is the row as a whole at fault, such as one with a field too many? */
export function wholeAtFault(row: RefusedRow): boolean {
  return row.fields.length > 1 && row.fields.every((field) => field.at_fault);
}

/** Which fields to show, those at fault first. Empty ones only when asked for, or when one is searched by name. */
export function shownFields(row: RefusedRow, edits: Edits, find: string, empty: boolean): number[] {
  const wanted = find.trim().toLowerCase();
  const whole = wholeAtFault(row);
  const places = row.fields.map((_, at) => at);
  const first = whole ? [] : places.filter((at) => row.fields[at]?.at_fault);
  const rest = places.filter((at) => {
    const field = row.fields[at];
    if (!field || first.includes(at)) return false;
    if (wanted) return `${field.name} ${edits[at] ?? field.value}`.toLowerCase().includes(wanted);
    return empty || whole || field.value !== "" || edits[at] !== undefined;
  });
  return [...first, ...rest];
}

export function fieldName(row: RefusedRow, at: number): string {
  return row.fields[at]?.name || (row.fields.length === 1 ? "The row" : `Field ${at + 1}, without a column`);
}

/** The mended row as the engine takes it; blank fields beyond the columns are left out. */
export function mended(row: RefusedRow, edits: Edits): MendedRow {
  const fields = row.fields.map((field, at) => edits[at] ?? field.value);
  while (fields.length > 1 && fields.at(-1) === "" && row.fields[fields.length - 1]?.name === "") fields.pop();
  return { id: row.id, fields };
}

/** The field that an error of the engine speaks of, if it is one of this row. */
export function fieldOfProblem(row: RefusedRow, problem: Problem): number {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
  const [subject = ""] = problem.what.split(" is still not right");
  if (subject === problem.what) return -1;
  const named = row.fields.findIndex((field) => field.name !== "" && bare(field.name) === bare(subject));
  if (named >= 0) return named;
  return row.fields.length === 1 ? 0 : -1;
}

export function left(view: QuarantineView): string {
  const open = view.rows.filter((row) => row.state === "open").length;
  return open > 0 ? `${count(open, "row")} left` : "all settled";
}
