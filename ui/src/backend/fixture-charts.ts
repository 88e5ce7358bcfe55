// Plain pictures for the fixture backend; the engine draws the real ones. Never part of the production bundle.
import type { Chart, ChartRequest, CostsQuery, Mark, Size, Theme } from "./backend.ts";
import { compareFile, costsFile, groups, marginFile } from "./fixture-views.ts";

const INK = {
  light: { text: "#565c66", ink: "#16181d", grid: "#e6e6e2", good: "#0a7a53", bad: "#b3362b", grey: "#6b7280" },
  dark: { text: "#a9b0bb", ink: "#eceef1", grid: "#2a2e34", good: "#4cc38a", bad: "#f2777a", grey: "#9aa3af" },
};
const SERIES = {
  light: ["#2457d6", "#d97706", "#0f8f6b", "#b85adf", "#6b7280", "#09a5c1", "#950b4a", "#5c5410"],
  dark: ["#7aa2ff", "#f5a742", "#4cc38a", "#c065f5", "#9aa3af", "#b5e7f3", "#db4482", "#a07a38"],
};

type Line = { name: string; values: number[]; colour: string; dashed?: boolean };
type Sheet = { size: Size; theme: Theme; parts: string[]; marks: Mark[] };

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const n = (value: number) => value.toFixed(1);

function text(sheet: Sheet, x: number, y: number, words: string, anchor = "start", fill?: string, bold = false) {
  const colour = fill ?? INK[sheet.theme].text;
  const weight = bold ? ' font-weight="600"' : "";
  sheet.parts.push(
    `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" fill="${colour}"${weight}>${escape(words)}</text>`,
  );
}

function finish(sheet: Sheet, id: string, title: string, subtitle: string, alt: string): Chart {
  const { width, height } = sheet.size;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Inter, system-ui, sans-serif" font-size="11">${sheet.parts.join("")}</svg>`;
  return { id, title, subtitle, width, height, svg, alt, marks: sheet.marks };
}

export function drawn(request: ChartRequest, size: Size, theme: Theme): Chart {
  const sheet: Sheet = { size, theme, parts: [], marks: [] };
  switch (request.chart) {
    case "margin_trend":
      return trend(sheet);
    case "margin_change":
      return change(sheet);
    case "price_history":
      return prices(sheet);
    case "price_regions":
      return regions(sheet);
    case "costs":
      return stacked(sheet, request.query);
    case "compare":
      return compare(sheet, request.query.scenarios);
    case "scenario_bridge":
    case "tornado":
    case "fan":
    case "two_way":
    case "front":
    case "capacity_week":
    case "cost_by_volume":
      return plain(sheet, request.chart);
  }
}

function lines(sheet: Sheet, series: Line[], labels: string[], low: number, high: number, room: number, every: number) {
  const { width, height } = sheet.size;
  const [left, right, top, bottom] = [42, width - room, 10, height - 24];
  const x = (at: number) => left + ((right - left) * at) / (labels.length - 1);
  const y = (value: number) => bottom - ((bottom - top) * (value - low)) / (high - low);
  for (let tick = 0; tick <= 4; tick++) {
    const value = low + ((high - low) * tick) / 4;
    sheet.parts.push(
      `<line x1="${left}" x2="${right}" y1="${n(y(value))}" y2="${n(y(value))}" stroke="${INK[sheet.theme].grid}"/>`,
    );
    text(sheet, left - 8, y(value) + 4, `${value}%`, "end");
  }
  labels.forEach((label, at) => at % every === 0 && text(sheet, x(at), height - 6, label, "middle"));
  const ends: number[] = [];
  for (const line of [...series].sort((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0))) {
    const path = line.values.map((value, at) => `${at ? "L" : "M"}${n(x(at))},${n(y(value))}`).join("");
    const dash = line.dashed ? ' stroke-dasharray="4 4"' : "";
    sheet.parts.push(`<path d="${path}" fill="none" stroke="${line.colour}" stroke-width="2"${dash}/>`);
    let end = y(line.values.at(-1) ?? 0);
    while (ends.some((other) => Math.abs(other - end) < 13)) end += 13;
    ends.push(end);
    text(sheet, right + 8, end + 4, `${line.name} ${Math.round(line.values.at(-1) ?? 0)}%`, "start", line.colour, true);
    line.values.forEach((value, at) =>
      sheet.marks.push({
        x: x(at) - 6,
        y: y(value) - 6,
        w: 12,
        h: 12,
        series: line.name,
        label: labels[at] ?? "",
        shown: `${value.toFixed(1)}%`,
      }),
    );
  }
}

function trend(sheet: Sheet): Chart {
  const labels = marginFile.months.map((month) => month.label.slice(0, 3));
  const { series, plan } = marginFile;
  const colour = SERIES[sheet.theme][0] ?? "";
  const shown = [
    { name: "Plan", values: plan, colour: INK[sheet.theme].grey, dashed: true },
    { name: "Actual", values: series, colour },
  ];
  lines(sheet, shown, labels, 50, 70, 86, 1);
  const alt =
    "Gross margin rose from 58.0% in November 2025 to 63.1% in September and fell to 58.4% in October 2026; plan 64.4%.";
  return finish(sheet, "margin_trend", "Gross margin, 12 months", "percent of recognised revenue; plan dashed", alt);
}

function change(sheet: Sheet): Chart {
  const { width, height } = sheet.size;
  const [top, bottom, low, high] = [26, height - 36, 53, 64];
  const y = (value: number) => bottom - ((bottom - top) * (value - low)) / (high - low);
  const slot = width / marginFile.drivers.length;
  let level = 0;
  marginFile.drivers.forEach(([name, value, kind], at) => {
    const before = kind ? low : level;
    level = kind ? value : level + value;
    const [a, b] = [y(Math.max(before, level)), y(Math.min(before, level))];
    const fill = kind ? INK[sheet.theme].grey : value < 0 ? INK[sheet.theme].bad : INK[sheet.theme].good;
    const shown = kind ? `${value}%` : `${value > 0 ? "+" : "−"}${Math.abs(value)}`;
    const x = at * slot + slot * 0.08;
    sheet.parts.push(
      `<rect x="${n(x)}" y="${n(a)}" width="${n(slot * 0.84)}" height="${n(b - a)}" rx="1.5" fill="${fill}"/>`,
    );
    text(sheet, x + slot * 0.42, a - 6, shown, "middle", INK[sheet.theme].ink, true);
    const words = name.split(/ (?=\S+$)/);
    words.forEach((word, row) => text(sheet, x + slot * 0.42, bottom + 15 + row * 13, word, "middle"));
    sheet.marks.push({
      x,
      y: a,
      w: slot * 0.84,
      h: b - a,
      series: "Gross margin",
      label: name,
      shown: kind ? shown : `${shown} pp`,
    });
  });
  const alt =
    "From 63.1% in September to 58.4% in October: tokens per request took 1.9 points, model mix 1.6, GPU utilisation 1.1.";
  return finish(
    sheet,
    "margin_change",
    "Why margin moved, September to October",
    "percentage points; drivers add up exactly",
    alt,
  );
}

function stacked(sheet: Sheet, query: CostsQuery): Chart {
  const { width, height } = sheet.size;
  const key = query.by[0] ?? "service";
  const series = groups(query, [key]).slice(0, 7);
  const months = costsFile.months.filter((month) => month.id >= (query.from ?? "") && month.id <= (query.to ?? "9"));
  const [left, right, top, bottom] = [52, width - 180, 10, height - 24];
  const slot = (right - left) / Math.max(months.length, 1);
  for (let tick = 0; tick <= 4; tick++) {
    const y = bottom - ((bottom - top) * tick) / 4;
    sheet.parts.push(`<line x1="${left}" x2="${right}" y1="${n(y)}" y2="${n(y)}" stroke="${INK[sheet.theme].grid}"/>`);
    text(sheet, left - 8, y + 4, `$${tick * 200}k`, "end");
  }
  months.forEach((month, at) => {
    let y = bottom;
    const grown = 0.55 + at * 0.035;
    series.forEach(({ words, weight }, place) => {
      const h = (bottom - top) * weight * grown;
      y -= h;
      const x = left + at * slot + slot * 0.14;
      sheet.parts.push(
        `<rect x="${n(x)}" y="${n(y)}" width="${n(slot * 0.72)}" height="${n(Math.max(h - 1, 0.5))}" fill="${SERIES[sheet.theme][place]}"/>`,
      );
      sheet.marks.push({
        x,
        y,
        w: slot * 0.72,
        h,
        series: words[0] ?? "",
        label: month.label,
        shown: `$${Math.round(weight * grown * 800)}k`,
      });
    });
    text(sheet, left + at * slot + slot / 2, height - 6, month.label.slice(0, 3), "middle");
  });
  series.forEach(({ words }, place) => {
    const y = 16 + place * 18;
    sheet.parts.push(
      `<rect x="${right + 16}" y="${y - 8}" width="9" height="9" rx="2" fill="${SERIES[sheet.theme][place]}"/>`,
    );
    text(sheet, right + 31, y, words[0] ?? "");
  });
  return finish(
    sheet,
    "costs",
    `Cost by month, by ${key}`,
    "effective cost, USD, billing month",
    "Cost grew in most months.",
  );
}

/** Bars that stand for a picture of the workbench. */
function plain(sheet: Sheet, id: string): Chart {
  const { width, height } = sheet.size;
  [0.9, 0.7, 0.45, 0.3, 0.2].forEach((part, at) => {
    const [x, y, w, h] = [width / 2 - (part * width) / 3, 16 + at * 34, (part * width) / 1.5, 24];
    sheet.parts.push(`<rect x="${n(x)}" y="${y}" width="${n(w)}" height="${h}" fill="${SERIES[sheet.theme][0] ?? ""}"/>`);
    sheet.marks.push({ x, y, w, h, series: id, label: `input ${at + 1}`, shown: `${Math.round(part * 100)}%` });
  });
  text(sheet, 4, height - 6, id);
  return finish(sheet, id, id.replaceAll("_", " "), "drawn by the engine", `${id}: five bars`);
}

function compare(sheet: Sheet, ids: string[]): Chart {
  const shown = compareFile.scenarios
    .filter((scenario) => scenario.problem === null && (ids.length === 0 || ids.includes(scenario.id)))
    .map((scenario) => ({
      name: scenario.name,
      values: compareFile.series[scenario.id] ?? [],
      colour: SERIES[sheet.theme][scenario.colour] ?? "",
    }));
  lines(sheet, shown, compareFile.month_labels, 40, 80, 140, 3);
  const alt = "Own H100 begins at 46% and overtakes API only in month 5; it ends highest, at 71%.";
  return finish(sheet, "compare", "Gross margin by month", "percent of revenue", alt);
}

function prices(sheet: Sheet): Chart {
  const labels = ["2025-08-07", "2026-03-01", "2026-10-31"];
  const series = [
    { name: "output", values: [12, 10, 10], colour: SERIES[sheet.theme][0] ?? "" },
    { name: "input", values: [1.5, 1.25, 1.25], colour: SERIES[sheet.theme][1] ?? "" },
  ];
  lines(sheet, series, labels, 0, 12, 90, 1);
  return finish(sheet, "price-history", "Price history", "USD per million tokens", "output 10.00, input 1.25");
}

function regions(sheet: Sheet): Chart {
  ["us-east-1", "eu-west-1", "ap-south-1"].forEach((name, at) => {
    const [x, y, w, h] = [80 + at * 90, 30, 86, 30];
    sheet.parts.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${SERIES[sheet.theme][at] ?? ""}"/>`);
    text(sheet, x, 22, name);
    sheet.marks.push({ x, y, w, h, series: "openai", label: name, shown: at === 2 ? "not sold here" : "1.25" });
  });
  return finish(sheet, "price-regions", "Where it is sold", "USD per million tokens of input", "sold in two regions");
}
