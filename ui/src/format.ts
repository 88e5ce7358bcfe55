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

/** What a person typed or pasted, as a decimal string: `$1,234.50`, `6 %`, `−2`; null if it is no number. */
export function readDecimal(typed: string): string | null {
  const bare = typed
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/(?<=\d)[,\u00a0\u202f' ](?=\d{3})/g, "")
    .replace(/^([+-]?)\s*[$€£]\s*/, "$1");
  const found = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?![\d.,])/.exec(bare);
  if (!found) return null;
  const [whole = "0", part = ""] = (found[2] ?? "").split(".");
  const number = `${whole.replace(/^0+(?=\d)/, "") || "0"}${part ? `.${part}` : ""}`;
  return found[1] === "-" ? `-${number}` : number;
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
