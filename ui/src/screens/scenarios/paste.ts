// A column pasted from a spreadsheet: numbers for this field and those below it.
import type { Assumption, Override } from "../../backend/backend.ts";
import { readDecimal } from "../../format.ts";

export function pastedDown(lines: Assumption[], first: Assumption, text: string): Override[] {
  const from = lines.indexOf(first);
  return column(text).flatMap((value, place) => {
    const assumption = lines[from + place];
    return assumption && value !== null
      ? [{ scenario: assumption.scenario, path: assumption.path, value }]
      : [];
  });
}

/** The first cell of each line, as a decimal string; null where it is no number. */
export function column(text: string): (string | null)[] {
  return text.split(/\r?\n/).map((line) => readDecimal(line.split("\t")[0] ?? ""));
}
