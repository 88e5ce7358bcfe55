// Which rows of a table are shown, and in which order. Unassigned and total stay last, whatever is asked.
import type { Column, Row, Table } from "../backend/backend.ts";
import { compareDecimals, isDecimal } from "../format.ts";

export type Sort = { column: string; down: boolean };

const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Indices into `table.rows`, in shown order. */
export function order(table: Table, sort: Sort | null, find: string): number[] {
  const ordinary: number[] = [];
  const unassigned: number[] = [];
  const totals: number[] = [];
  const wanted = find.toLowerCase().split(/\s+/).filter(Boolean);
  table.rows.forEach((row, place) => {
    if (row.kind === "total") totals.push(place);
    else if (row.kind === "unassigned") unassigned.push(place);
    else if (matches(row, wanted)) ordinary.push(place);
  });
  const at = sort ? table.columns.findIndex((column) => column.id === sort.column) : -1;
  const column = table.columns[at];
  if (sort && column) {
    const value = (place: number) => table.rows[place]?.cells[at]?.value ?? null;
    ordinary.sort((left, right) => compareCells(value(left), value(right), column, sort.down) || left - right);
  }
  return [...ordinary, ...unassigned, ...totals];
}

function matches(row: Row, wanted: string[]): boolean {
  if (wanted.length === 0) return true;
  const text = row.cells
    .map((cell) => `${cell.shown} ${cell.value ?? ""}`)
    .join(" ")
    .toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** Unknown values come last in both directions: unknown is not small. */
function compareCells(left: string | null, right: string | null, column: Column, down: boolean): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  const numbers = column.kind !== "text" || (isDecimal(left) && isDecimal(right));
  const compared = numbers ? compareDecimals(left, right) : words.compare(left, right);
  return down ? -compared : compared;
}

/** What a press on a header asks next: numbers begin with the largest, words with A; the third press lets go. */
export function nextSort(column: Column, sort: Sort | null): Sort | null {
  const downFirst = column.kind !== "text";
  if (sort?.column !== column.id) return { column: column.id, down: downFirst };
  return sort.down === downFirst ? { column: column.id, down: !downFirst } : null;
}

/** Does a label name a part of the unit, as words of its own? */
const says = (label: string, part: string) => ` ${label.replace(/[(),;:]/g, " ")} `.includes(` ${part} `);

/** The unit belongs into the header where the figures do not carry it themselves. */
export function headerUnit(table: Table, at: number): string {
  const unit = table.columns[at]?.unit ?? "";
  const label = table.columns[at]?.label ?? "";
  if (!unit) return "";
  const sign = unit.startsWith("USD") ? "$" : unit.startsWith("EUR") ? "€" : unit;
  const carried = table.rows.some(({ cells }) => {
    const shown = cells[at]?.shown ?? "";
    return shown.includes(unit) || shown.includes(sign);
  });
  // Prices of one table have one unit, and its subtitle says it.
  if (unit.includes("/") && table.subtitle.startsWith(unit)) return "";
  if (unit.includes("/"))
    return says(label, unit.slice(unit.indexOf("/") + 1)) ? (carried ? "" : (unit.split("/")[0] ?? "")) : unit;
  return carried || label.split(" ").includes(unit) ? "" : unit;
}
