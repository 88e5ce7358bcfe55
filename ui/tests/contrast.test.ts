// Ink on ground is at least 4.5 : 1, series about 3 : 1, in both themes. The eight
// series colours are the engine's, chosen for colour-blind eyes; each stands beside its name.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync("src/style/tokens.css", "utf8");

function tokens(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? "";
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1] ?? "", found[2] ?? ""]));
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each([":root", ':root[data-theme="dark"]'])("%s", (selector) => {
  const all = tokens(selector);
  const of = (name: string) => all.get(name) ?? "";

  it.each(["ink", "ink2", "ink3", "accent", "good", "bad", "warn"])("%s is readable on every ground", (ink) => {
    for (const ground of ["bg", "panel", "raised", "hover"]) {
      expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("words on coloured grounds are readable", () => {
    for (const [ink, ground] of [
      ["accent-ink", "accent"],
      ["accent", "accent-soft"],
      ["bad", "bad-soft"],
      ["ink2", "bad-soft"],
      ["ink3", "bad-soft"],
      ["ink2", "accent-soft"],
    ] as const) {
      expect(contrast(of(ink), of(ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])("series %i stands out from its panel", (series) => {
    expect(contrast(of(`s${series}`), of("panel"))).toBeGreaterThanOrEqual(2.9);
  });
});
