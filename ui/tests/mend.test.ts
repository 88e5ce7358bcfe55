// Going through refused rows, wide ones too: what is shown, what is sent, where an error belongs.
import { describe, expect, it } from "vitest";
import type { RefusedRow } from "../src/backend/backend.ts";
import { columnsAtFault, fieldName, fieldOfProblem, mended, nextOpen, shownFields } from "../src/screens/imports/mend.ts";
import { assigned, constant, draftOf, textOf } from "../src/screens/imports/mapping-draft.ts";
import { guessedMapping, previewOf } from "../src/backend/fixture-mapping.ts";

type Field = RefusedRow["fields"][number];
const field = (name: string, value: string, at_fault = false): Field => ({ name, value, at_fault });
const row = (id: number, fields: Field[], more: Partial<RefusedRow> = {}): RefusedRow => ({
  id,
  line: id + 1,
  column: "cost",
  found: "x",
  expected: "a number",
  state: "open",
  fields,
  ...more,
});

const wide = row(
  1,
  Array.from({ length: 100 }, (_, at) => field(`column_${at}`, at % 10 === 0 ? String(at) : "", at === 55)),
);

describe("a row of a hundred columns", () => {
  it("shows the field at fault first, then those that hold something", () => {
    expect(shownFields(wide, {}, "", false)).toEqual([55, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(shownFields(wide, { 7: "new" }, "", false)).toContain(7);
    expect(shownFields(wide, {}, "", true)).toHaveLength(100);
  });

  it("finds a field by its name, empty or not, and keeps the one at fault in sight", () => {
    expect(shownFields(wide, {}, "column_77", false)).toEqual([55, 77]);
  });

  it("is sent whole, with what was changed", () => {
    const { fields } = mended(wide, { 55: "1.5" });
    expect(fields).toHaveLength(100);
    expect([fields[50], fields[55], fields[56]]).toEqual(["50", "1.5", ""]);
  });
});

describe("a row that is at fault as a whole", () => {
  const long = row(2, [field("a", "1", true), field("b", "2", true), field("", "3", true)], { column: "(row)" });

  it("shows every field in order, and sends no field beyond the columns once it is cleared", () => {
    expect(shownFields(long, {}, "", false)).toEqual([0, 1, 2]);
    expect(fieldName(long, 2)).toBe("Field 3, without a column");
    expect(mended(long, { 2: "" }).fields).toEqual(["1", "2"]);
    expect(mended(long, {}).fields).toEqual(["1", "2", "3"]);
  });
});

describe("an error of the engine", () => {
  const problem = (what: string) => ({ what, place: null, next: null });

  it("belongs to the column it names, however that is written", () => {
    const one = row(3, [field("Billed Cost", "x", true), field("Note", "")]);
    expect(fieldOfProblem(one, problem('billed_cost is still not right: found "x", expected a number'))).toBe(0);
    expect(fieldOfProblem(one, problem("the file was not kept"))).toBe(-1);
    expect(fieldOfProblem(row(4, [field("", "{", true)]), problem("cost is still not right: found …"))).toBe(0);
  });
});

it("the next open row comes after this one, then from the top", () => {
  const rows = [row(1, []), row(2, [], { state: "dismissed" }), row(3, [])];
  expect(nextOpen(rows, 1)?.id).toBe(3);
  expect(nextOpen(rows, 3)?.id).toBe(1);
  expect(nextOpen(rows.slice(1, 2), 2)).toBeUndefined();
  expect(columnsAtFault([...rows, row(4, [], { column: "day" })])).toEqual([
    { column: "cost", many: 3 },
    { column: "day", many: 1 },
  ]);
});

describe("a mapping's text", () => {
  const preview = previewOf(guessedMapping);

  it("comes back as it was, without its comments", () => {
    expect(textOf(draftOf(preview))).toBe(guessedMapping.replaceAll(/ # [\d.]+/g, ""));
  });

  it("keeps what the form does not show, and quotes what needs it", () => {
    const text = `${guessedMapping}\n[constants]\nprovider = 'Beispiel "Wolke"'\n`;
    const draft = draftOf({ ...preview, text });
    expect(draft.head).toMatchObject({ delimiter: ";", skip_lines: "3" });
    const changed = constant(assigned(draft, "Projekt", 'tag:a "b"', "account"), "region", "eu\t1");
    expect(changed.columns[3]).toEqual({ name: "Region", fields: [] });
    expect(textOf(changed)).toContain('"tag:a \\"b\\"" = "Projekt"');
    expect(textOf(changed)).toContain('provider = "Beispiel \\"Wolke\\""\nregion = "eu\\t1"');
  });
});
