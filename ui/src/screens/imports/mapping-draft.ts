// A mapping while a person edits it: taken from the engine's preview, written back as TOML (docs/mapping.md).
// Not here: what a mapping means; the engine reads the text, and says what is wrong with it.
import type { MappingColumn, MappingPreview } from "../../backend/backend.ts";

/** Keys of `[mapping]` that the form does not show are kept as they came. */
const HEAD = ["delimiter", "skip_lines", "decimal", "date_format", "time_zone", "currency", "sign", "multiplier"] as const;
export type HeadKey = (typeof HEAD)[number];

export type Draft = {
  name: string;
  target: string;
  head: Partial<Record<HeadKey, string>>;
  /** Column names in the table's order, and the fields read from each. */
  columns: { name: string; fields: string[] }[];
  constants: { field: string; value: string }[];
};

export const TARGETS = [
  { id: "bill", label: "Bill" },
  { id: "usage", label: "Token usage" },
  { id: "revenue", label: "Revenue" },
  { id: "general-ledger", label: "General ledger" },
];

/** Targets whose rows carry tags. */
export const hasTags = (target: string) => target === "bill" || target === "general-ledger";

export function draftOf(preview: MappingPreview): Draft {
  const { head, constants } = readText(preview.text);
  return {
    name: preview.name,
    target: preview.target,
    head,
    columns: preview.columns.map(({ name, fields }) => ({ name, fields: [...fields] })),
    constants: Object.entries(constants).map(([field, value]) => ({ field, value })),
  };
}

/** The draft as what rows of another kind are, with the columns that seem to hold its fields. */
export function retargeted(draft: Draft, preview: MappingPreview): Draft {
  const known = new Set(preview.fields.map((field) => field.id));
  const guessed = ({ guess }: MappingColumn) => (guess !== null ? [guess] : []);
  return {
    ...draft,
    columns: preview.columns.map((column) => ({ name: column.name, fields: guessed(column) })),
    constants: draft.constants.filter(({ field }) => known.has(field)),
  };
}

/** Reads a field from this column and from no other; `was` is the field it takes the place of. */
export function assigned(draft: Draft, column: string, field: string, was: string | null): Draft {
  const columns = draft.columns.map((one) => {
    const kept = one.fields.filter((held) => held !== field);
    if (one.name !== column) return { ...one, fields: kept };
    const at = was === null ? -1 : kept.indexOf(was);
    if (at >= 0) kept.splice(at, 1, ...(field ? [field] : []));
    else if (field) kept.push(field);
    return { ...one, fields: kept };
  });
  return { ...draft, columns, constants: draft.constants.filter((constant) => constant.field !== field) };
}

/** Gives a field this value in every row, or none. */
export function constant(draft: Draft, field: string, value: string | null): Draft {
  const others = draft.constants.filter((one) => one.field !== field);
  if (value === null) return { ...draft, constants: others };
  const columns = draft.columns.map((one) => ({ ...one, fields: one.fields.filter((held) => held !== field) }));
  const at = draft.constants.findIndex((one) => one.field === field);
  const constants = at < 0 ? [...others, { field, value }] : others.toSpliced(at, 0, { field, value });
  return { ...draft, columns, constants };
}

export function withHead(draft: Draft, key: HeadKey, value: string): Draft {
  const { [key]: _old, ...head } = draft.head;
  return { ...draft, head: value ? { ...head, [key]: value } : head };
}

/** Fields that neither a column nor a constant tells yet. */
export function unused(draft: Draft, preview: MappingPreview): string[] {
  const used = new Set([...draft.columns.flatMap((one) => one.fields), ...draft.constants.map((one) => one.field)]);
  return preview.fields.map((field) => field.id).filter((id) => !used.has(id));
}

/** `billing_account` → `Billing account`, `tag:team` → `Tag team`. */
export function fieldLabel(id: string): string {
  const words = id.replace(/^tag:/, "tag ").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A tag's key from a column's name. */
export function tagOf(column: string): string {
  return `tag:${column.trim().toLowerCase().replaceAll(/\s+/g, "_") || "column"}`;
}

/** The draft as the engine reads it. */
export function textOf(draft: Draft): string {
  const lines = [
    "[mapping]",
    `name = ${quoted(draft.name)}`,
    `target = ${quoted(draft.target)}`,
    `header = [${draft.columns.map((column) => quoted(column.name)).join(", ")}]`,
  ];
  for (const key of HEAD) {
    const value = draft.head[key];
    if (value !== undefined) lines.push(`${key} = ${key === "skip_lines" ? value : quoted(value)}`);
  }
  lines.push("", "[columns]");
  for (const { name, fields } of draft.columns) {
    for (const field of fields) lines.push(`${keyed(field)} = ${quoted(name)}`);
  }
  if (draft.constants.length > 0) lines.push("", "[constants]");
  for (const { field, value } of draft.constants) lines.push(`${keyed(field)} = ${quoted(value)}`);
  return `${lines.join("\n")}\n`;
}

function keyed(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

/** A basic string: JSON's escapes are TOML's, but for DEL. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

const LINE = /^\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[^#\s]+)/;

/** The single values of a mapping's text. Its columns come with the preview, and its header is the file's. */
function readText(text: string): { head: Draft["head"]; constants: Record<string, string> } {
  const head: Draft["head"] = {};
  const constants: Record<string, string> = {};
  let section = "";
  for (const line of text.split("\n")) {
    section = /^\s*\[([a-z]+)\]/.exec(line)?.[1] ?? section;
    const found = LINE.exec(line);
    if (!found) continue;
    const [key, value] = [plain(found[1] ?? ""), plain(found[2] ?? "")];
    const known = HEAD.find((one) => one === key);
    if (section === "mapping" && known) head[known] = value;
    if (section === "constants") constants[key] = value;
  }
  return { head, constants };
}

function plain(written: string): string {
  if (written.startsWith("'")) return written.slice(1, -1);
  if (!written.startsWith('"')) return written;
  return written.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/g, (_, escape: string) => {
    if (/^u/i.test(escape)) return String.fromCodePoint(parseInt(escape.slice(1), 16));
    return { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\u001b" }[escape] ?? escape;
  });
}
