import { describe, expect, it } from "vitest";
import type { Row, RowKind, Table } from "../src/backend/backend.ts";
import { compareDecimals, grouped, readDecimal, stepDecimal, toTsv } from "../src/format.ts";
import { headerUnit, nextSort, order } from "../src/table/order.ts";

const row = (key: string, value: string | null, kind: RowKind = "row"): Row => ({
  key,
  kind,
  cells: [key, value].map((one) => ({ value: one, shown: one ?? "–", tone: "neutral", best: false, range: null, note: null })),
});

const table = (rows: Row[]): Table => ({
  id: "t",
  title: "T",
  subtitle: "",
  columns: [
    { id: "name", label: "Name", unit: "", kind: "text" },
    { id: "cost", label: "Cost", unit: "USD", kind: "money" },
  ],
  rows,
  notes: [],
});

const keys = (of: Table, places: number[]) => places.map((place) => of.rows[place]?.key).join(" ");

describe("order of rows", () => {
  const costs = table([
    row("b", "9007199254740993.000000000000000001"),
    row("a", "9007199254740993.000000000000000002"),
    row("unknown", null),
    row("c", "-3"),
    row("nobody", "99999999999999999999", "unassigned"),
    row("all", "5", "total"),
  ]);

  it("keeps unassigned and total last, unknown last of the rest, in both directions", () => {
    expect(keys(costs, order(costs, { column: "cost", down: true }, ""))).toBe("a b c unknown nobody all");
    expect(keys(costs, order(costs, { column: "cost", down: false }, ""))).toBe("c b a unknown nobody all");
  });

  it("keeps them too when a filter leaves other rows out", () => {
    expect(keys(costs, order(costs, null, "-3"))).toBe("c nobody all");
  });

  it("is the engine's own until asked", () => {
    expect(order(costs, null, "")).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("lets go at the third press", () => {
    const column = costs.columns[1]!;
    const first = nextSort(column, null);
    const second = nextSort(column, first);
    expect([first?.down, second?.down, nextSort(column, second)]).toEqual([true, false, null]);
  });
});

describe("decimal strings", () => {
  it("compare exactly whatever their length", () => {
    expect(compareDecimals("0.1000", "0.1")).toBe(0);
    expect(compareDecimals("-0", "0")).toBe(0);
    expect(compareDecimals("10", "9.999999999999999999999999999999")).toBe(1);
    expect(compareDecimals("-10", "-9")).toBe(-1);
    expect(compareDecimals("0.000000000000000000000000000001", "0.000000000000000000000000000002")).toBe(-1);
    expect(compareDecimals("123456789012345678901234567890", "123456789012345678901234567891")).toBe(-1);
  });

  it("are read from what people type and paste", () => {
    expect(readDecimal(" $1,234.50 ")).toBe("1234.50");
    expect(readDecimal("6 %/month")).toBe("6");
    expect(readDecimal("−2.5")).toBe("-2.5");
    expect(readDecimal("1 234 567")).toBe("1234567");
    expect(readDecimal("007")).toBe("7");
    expect(readDecimal("none")).toBeNull();
    expect(readDecimal("1.2.3")).toBeNull();
  });

  it("take a number that could be two for none, and short forms at their size", () => {
    const read: [string, string | null][] = [
      ["0,015", null],
      ["1,5", null],
      ["12,34,567", null],
      ["1.234,5", null],
      ["1,234 567", null],
      ["1,234,567.8", "1234567.8"],
      ["1_000", "1000"],
      ["1e6", "1000000"],
      ["2.5E-3", "0.0025"],
      ["1.25e1", "12.5"],
      ["9.88 M", "9880000"],
      ["17.8 B tokens", "17800000000"],
      ["5k", "5000"],
      ["(1,234.50)", "-1234.50"],
      ["-.5", "-0.5"],
      ["2.35 $/h", "2.35"],
      ["USD 12", "12"],
      ["3 weeks", "3"],
      ["5 million", null],
      ["5m", null],
      ["5 bn", null],
      ["1e", null],
      ["2026-11", null],
      ["10/2026", null],
      ["", null],
      [".", null],
    ];
    for (const [typed, number] of read) expect([typed, readDecimal(typed)]).toEqual([typed, number]);
  });

  it("step without drift and stay inside their ends", () => {
    expect(stepDecimal("0.1", 0.2, 1, 0, 9)).toBe("0.3");
    expect(stepDecimal("2.35", 0.05, -10, 0.5, 8)).toBe("1.85");
    expect(stepDecimal("0.6", 0.05, -10, 0.5, 8)).toBe("0.5");
    expect(stepDecimal("6", 0.5, 1, 0, 6.2)).toBe("6.2");
    expect(stepDecimal("-0.25", 0.5, 1, -1, 1)).toBe("0.25");
  });
});

describe("a number on screen", () => {
  it("has its thousands apart and loses no digit, and is read back as it was", () => {
    for (const [number, shown] of [
      ["40000000000", "40,000,000,000"],
      ["-1234567.0500", "-1,234,567.0500"],
      ["999", "999"],
      ["0.123456", "0.123456"],
    ] as const) {
      expect(grouped(number)).toBe(shown);
      expect(readDecimal(shown)).toBe(number);
    }
  });
});

describe("what leaves the table", () => {
  it("is the exact value, one line a row", () => {
    const one = table([row("x\ty\nz", "1.005"), row("u", null)]);
    expect(toTsv(one.columns, [row("=1+1", "-1")])).toBe("Name\tCost (USD)\n'=1+1\t-1");
    expect(toTsv(one.columns, one.rows)).toBe("Name\tCost (USD)\nx y z\t1.005\nu\t");
  });

  it("names the unit in the header unless the figures carry it", () => {
    const bare = table([row("a", "1")]);
    expect(headerUnit(bare, 1)).toBe("USD");
    const carried = table([{ ...row("a", "1"), cells: row("a", "1").cells.map((cell) => ({ ...cell, shown: "$1" })) }]);
    expect(headerUnit(carried, 1)).toBe("");
  });
});
