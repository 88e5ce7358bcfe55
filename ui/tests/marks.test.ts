import { describe, expect, it } from "vitest";
import type { Mark } from "../src/backend/backend.ts";
import { markAt, say, walk } from "../src/charts/marks.ts";

const mark = (series: string, label: string, x: number, y: number): Mark => ({
  x,
  y,
  w: 10,
  h: 10,
  series,
  label,
  shown: `${y} %`,
});
const marks = [mark("A", "Jan", 0, 50), mark("A", "Feb", 100, 40), mark("B", "Jan", 0, 90), mark("B", "Feb", 100, 20)];

describe("marks of a chart", () => {
  it("walks along a series and across series at one place", () => {
    expect(walk(marks, -1, "ArrowRight")).toBe(0);
    expect(walk(marks, 0, "ArrowRight")).toBe(1);
    expect(walk(marks, 1, "ArrowRight"), "stays at the end").toBe(1);
    expect(walk(marks, 1, "ArrowUp"), "B is higher in February").toBe(3);
    expect(walk(marks, 0, "ArrowDown"), "B is lower in January").toBe(2);
    expect(walk(marks, 3, "Home")).toBe(2);
    expect(walk([], -1, "ArrowRight")).toBe(-1);
  });

  it("walks single marks, such as a waterfall's steps, one after the other", () => {
    const steps = [mark("Sep", "Sep", 0, 0), mark("Mix", "Mix", 20, 0), mark("Oct", "Oct", 40, 0)];
    expect(walk(steps, 0, "ArrowRight")).toBe(1);
    expect(walk(steps, 1, "ArrowLeft")).toBe(0);
  });

  it("finds the one under the pointer, the nearest within reach, or none", () => {
    expect(markAt(marks, 105, 45)).toBe(1);
    expect(markAt(marks, 95, 15)).toBe(3);
    expect(markAt(marks, 300, 300)).toBe(-1);
    const stacked = [{ ...mark("wide", "", 0, 0), w: 100, h: 100 }, mark("small", "", 40, 40)];
    expect(markAt(stacked, 45, 45)).toBe(1);
  });

  it("says a mark in words", () => {
    expect(say(marks[0]!)).toBe("A, Jan: 50 %");
    expect(say(mark("Oct", "Oct", 0, 58))).toBe("Oct: 58 %");
  });
});
