// What stands in the notices beside a table is not said again under it; a file of the table has both.
import type { Notice, Table } from "../backend/backend.ts";

export function withoutNotices(table: Table, notices: Notice[]): Table {
  const said = new Set(notices.map((notice) => notice.text));
  return { ...table, notes: table.notes.filter((note) => !said.has(note)) };
}
