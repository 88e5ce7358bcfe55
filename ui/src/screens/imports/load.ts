// The imports screen's list as a table, and which import Ctrl-Z would take back.
import type { BatchRow, Cell, ImportsView, Table, Tone } from "../../backend/backend.ts";
import { count } from "../../format.ts";

const cell = (value: string, shown = value, tone: Tone = "neutral", note: string | null = null): Cell => ({
  value,
  shown,
  tone,
  best: false,
  range: null,
  note,
});

const number = (value: number, tone: Tone = "neutral", note: string | null = null) =>
  cell(String(value), value.toLocaleString("en-US"), tone, note);

/** The batches as a table like any other, so that they sort, filter and copy alike. */
export function batchTable(view: ImportsView): Table {
  return {
    id: "batches",
    title: "Imports",
    subtitle: "",
    columns: [
      { id: "file", label: "File", unit: "", kind: "text" },
      { id: "state", label: "State", unit: "", kind: "text" },
      { id: "format", label: "Format", unit: "", kind: "text" },
      { id: "role", label: "Role", unit: "", kind: "text" },
      { id: "period", label: "Period", unit: "", kind: "text" },
      { id: "rows_stored", label: "Rows", unit: "", kind: "count" },
      { id: "rows_quarantined", label: "Refused", unit: "", kind: "count" },
      { id: "totals", label: "Control totals", unit: "", kind: "text" },
      { id: "imported", label: "Imported", unit: "UTC", kind: "text" },
    ],
    rows: view.batches.map((batch) => ({ key: String(batch.id), kind: "row", cells: cells(batch) })),
    notes: [],
  };
}

function cells(batch: BatchRow): Cell[] {
  const more = [
    batch.rows_duplicate > 0 ? `${count(batch.rows_duplicate, "row")} were there already under their own id` : "",
    batch.rows_replaced > 0 ? `${count(batch.rows_replaced, "row")} of earlier imports replaced` : "",
  ].filter(Boolean);
  const open = batch.quarantine_open > 0;
  const totals = batch.totals.join(" · ");
  return [
    cell(batch.file),
    cell(batch.state),
    cell(batch.format),
    cell(batch.role),
    cell(batch.period),
    number(batch.rows_stored, "neutral", more.join("; ") || null),
    number(batch.rows_quarantined, open ? "warn" : "neutral", open ? `${batch.quarantine_open} open` : null),
    cell(totals || "–", batch.totals[0] ?? "–", "neutral", batch.totals.length > 1 ? totals : null),
    cell(batch.imported),
  ];
}

/** The newest import that is live and may be taken back. */
export function lastUndoable(view: ImportsView | undefined): BatchRow | undefined {
  return view?.batches.find((batch) => batch.state === "live" && batch.locked === null);
}
