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

/** The same numbers as the months of this one, where a scenario may state it month by month. */
export function pastedMonths(first: Assumption, text: string): Override | null {
  const series = seriesOf(first.path);
  const values = column(text);
  if (series === null || values.length < 2 || values.some((value) => value === null)) return null;
  return { scenario: first.scenario, path: series, value: values.join(" ") };
}

/** `demand.requests_by_month` of `demand.requests_per_month`. */
export function seriesOf(path: string): string | null {
  if (path === "demand.requests_per_month") return "demand.requests_by_month";
  if (path === "revenue.usd_per_request" || path.endsWith(".usd_per_gpu_hour")) return `${path}_by_month`;
  return /^cost\..*\.usd_per_month$/.test(path) ? path.replace(/per_month$/, "by_month") : null;
}
