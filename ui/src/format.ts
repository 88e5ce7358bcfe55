// Formatting that only the window needs: order of decimal strings, text for the clipboard, what a person
// typed into a number field. Not here: rounding or adding money; the engine sends `shown` for that.
import type { Column, Row } from "./backend/backend.ts";

const DECIMAL = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/;

/** Order of two decimal strings of any length, without going through a float. */
export function compareDecimals(a: string, b: string): number {
  const left = DECIMAL.exec(a);
  const right = DECIMAL.exec(b);
  if (!left || !right) return a < b ? -1 : a > b ? 1 : 0;
  const leftSign = signOf(left);
  const rightSign = signOf(right);
  if (leftSign !== rightSign) return leftSign - rightSign;
  return leftSign * compareMagnitudes(left, right);
}

function signOf(parts: RegExpExecArray): number {
  if (!parts[2] && !parts[3]) return 0;
  return parts[1] === "-" ? -1 : 1;
}

function compareMagnitudes(left: RegExpExecArray, right: RegExpExecArray): number {
  const [wholeLeft, wholeRight] = [left[2] ?? "", right[2] ?? ""];
  if (wholeLeft.length !== wholeRight.length) return wholeLeft.length < wholeRight.length ? -1 : 1;
  if (wholeLeft !== wholeRight) return wholeLeft < wholeRight ? -1 : 1;
  const [partLeft, partRight] = [left[3] ?? "", right[3] ?? ""];
  return partLeft === partRight ? 0 : partLeft < partRight ? -1 : 1;
}

/** Whether a string is a plain decimal number. */
export function isDecimal(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text);
}

/** Digits in groups of three, all with the same mark between them; a comma before three digits is no decimal comma. */
const GROUPED = /^[1-9]\d{0,2}([,_\u00a0\u202f\u2009' ])\d{3}(?:\1\d{3})*$/;
const TYPED = /^([+-]?)(\d[\d,_\u00a0\u202f\u2009' ]*\d|\d)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?(.*)$/;
/** How this window shortens large numbers itself. */
const SHORT: Record<string, number> = { k: 3, K: 3, M: 6, B: 9, T: 12 };
const UNIT = /^\s*(?:[%/$€£][^\d]*|(?:[A-Z]{3}|GPUs?|hours?|h|weeks?|months?|people|requests?|tokens?)\b[^\d]*)?$/;

/**
 * What a person typed or pasted, as a decimal string: `$1,234.50`, `6 %`, `−2`, `(3.5)`, `1e6`, `9.88 M`; null if it is no
 * number or could be two, such as `0,015`.
 */
export function readDecimal(typed: string): string | null {
  let bare = typed.trim().replace(/[−–]/g, "-");
  const owed = /^\((.*)\)$/.exec(bare);
  if (owed) bare = `-${(owed[1] ?? "").trim()}`;
  bare = bare.replace(/^([+-]?)\s*(?:[$€£]|USD|EUR|GBP)\s*/, "$1");
  const [, sign = "", digits = "", part = "", exponent = "0", rest = ""] = TYPED.exec(bare) ?? [];
  if (digits === "" && part === "") return null;
  if (!/^\d*$/.test(digits) && !GROUPED.test(digits)) return null;
  const short = /^\s?([kKMBT])(?![A-Za-z])/.exec(rest);
  const unit = short ? rest.slice(short[0].length) : rest;
  if (!UNIT.test(unit)) return null;
  return shifted(sign, digits.replace(/\D/g, ""), part, Number(exponent) + (SHORT[short?.[1] ?? ""] ?? 0));
}

/** A decimal with its point moved to the right, or to the left where `by` is negative. */
function shifted(sign: string, whole: string, part: string, by: number): string {
  const digits = `${"0".repeat(Math.max(0, -by))}${whole}${part}${"0".repeat(Math.max(0, by))}`;
  const point = Math.max(0, -by) + whole.length + by;
  const left = digits.slice(0, point).replace(/^0+(?=\d)/, "") || "0";
  const right = by === 0 ? part : digits.slice(point).replace(/0+$/, "");
  return `${sign === "-" ? "-" : ""}${left}${right ? `.${right}` : ""}`;
}

/** A decimal string with its thousands apart, digit for digit: `1234567.50` is `1,234,567.50`. */
export function grouped(decimal: string): string {
  const [whole = "", part] = decimal.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? apart : `${apart}.${part}`;
}

/** `value + step × times`, exactly, kept inside `min` and `max`. */
export function stepDecimal(value: string, step: number, times: number, min: number, max: number): string {
  const steps = plain(step);
  const scale = Math.max(digitsAfterPoint(value), digitsAfterPoint(steps));
  const moved = fromScaled(toScaled(value, scale) + toScaled(steps, scale) * BigInt(times), scale);
  if (compareDecimals(moved, plain(min)) < 0) return plain(min);
  if (compareDecimals(moved, plain(max)) > 0) return plain(max);
  return moved;
}

/** A float without an exponent. */
export function plain(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(12).replace(/\.?0+$/, "") : text;
}

function digitsAfterPoint(value: string): number {
  return value.split(".")[1]?.length ?? 0;
}

function toScaled(value: string, scale: number): bigint {
  const [whole = "0", part = ""] = value.split(".");
  return BigInt(`${whole}${part.padEnd(scale, "0")}`);
}

function fromScaled(scaled: bigint, scale: number): string {
  const sign = scaled < 0n ? "-" : "";
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(scale + 1, "0");
  if (scale === 0) return sign + digits;
  const part = digits.slice(-scale).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -scale)}${part ? `.${part}` : ""}`;
}

/** Rows for a spreadsheet's clipboard: exact values, a header with units, tabs between, unknown left blank. */
export function toTsv(columns: Column[], rows: Row[]): string {
  const heads = columns.map((column) => (column.unit ? `${column.label} (${column.unit})` : column.label));
  const lines = rows.map((row) => row.cells.map((cell, index) => defused(cell.value ?? "", columns[index]?.kind === "text")));
  return [heads, ...lines].map((line) => line.map(oneLine).join("\t")).join("\n");
}

/** Imported words that a spreadsheet would take for a formula get an apostrophe, as in the CSV. */
function defused(text: string, words: boolean): string {
  return words && /^[=+\-@]/.test(text) ? `'${text}` : text;
}

function oneLine(text: string): string {
  return text.replace(/[\t\r\n]+/g, " ");
}

/** `1 row`, `3 rows`. */
export function count(many: number, noun: string): string {
  return `${many.toLocaleString("en-US")} ${noun}${many === 1 ? "" : "s"}`;
}

/** Time left in words, no finer than anybody can use: `a few seconds`, `about 40 s`, `about 3 min`, `about 2 h`. */
export function timeLeft(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  if (seconds < 3300) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${Math.round(seconds / 3600)} h left`;
}
