import axe from "axe-core";
import { describe, expect, it, vi } from "vitest";
import { all, key, keysOf, openWindow, press, see, type } from "./window.ts";

async function violations() {
  // jsdom computes no colours; contrast.test.ts holds them.
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join("\n")}`);
}

const SCREENS = [
  ["#/margin", "table-margin"],
  ["#/costs?by=service,tag:team", "table-costs"],
  ["#/scenarios", "table-compare"],
  ["#/scenarios?table=months", "table-compare_months"],
  ["#/scenarios?edit=columns", "columns"],
  ["#/scenarios?view=bridge", "table-bridge"],
  ["#/scenarios?view=sensitivity", "table-sensitivity"],
  ["#/scenarios?view=risk", "table-beats"],
  ["#/scenarios?view=optimise", "optimise-start"],
  ["#/scenarios?view=capacity&of=own-h100", "table-scenario-capacity"],
  ["#/prices", "table-prices"],
  ["#/prices?resource=tokens&item=openai,gpt-5", "price-detail"],
  ["#/imports", "table-batches"],
  ["#/imports?quarantine=6", "raw-row"],
  ["#/imports?difference=6", "table-difference"],
  ["#/imports?map=%2Ftmp%2Fodd.csv", "preview"],
  ["#/settings", "theme-toggle"],
] as const;

describe("every screen", () => {
  it.each(SCREENS)("%s shows its figures and has no axe violation", async (hash, id) => {
    openWindow(hash);
    await see(id);
    expect(await violations()).toEqual([]);
  });

  it.each(["margin", "costs", "scenarios", "prices", "imports"])("%s says what is wrong, and tries again", async (screen) => {
    const { calls } = openWindow(`#/${screen}`, "error");
    expect((await see("error")).textContent).toContain("close other programs");
    const before = calls.length;
    await press("retry");
    await vi.waitFor(() => expect(calls.length).toBeGreaterThan(before));
    expect(await violations()).toEqual([]);
  });

  it.each(["margin", "costs", "scenarios", "prices", "imports"])("%s says what to do when there is nothing", async (screen) => {
    openWindow(`#/${screen}`, "bare");
    await see("empty");
    expect(await violations()).toEqual([]);
  });

  it.each(["margin", "costs", "scenarios", "prices", "imports"])("%s shows its shape only when it is slow", async (screen) => {
    openWindow(`#/${screen}`, "slow");
    await see(`nav-${screen}`);
    expect(all("loading")).toHaveLength(0);
    await see("loading");
  });
});

describe("first start", () => {
  it("offers two doors, and the sample opens on margin", async () => {
    const { calls } = openWindow("#/margin", "empty");
    await see("import-files");
    expect(await violations()).toEqual([]);
    await press("open-sample");
    expect((await see("kpi-revenue-value")).dataset["value"]).toBe("1842310.55");
    expect(calls.map((call) => call.name)).toContain("open_sample");
  });

  it("imports the files it was opened with", async () => {
    const { calls } = openWindow("#/margin", "empty", { launch: ["/tmp/bill.csv"] });
    expect((await see("job")).textContent).toContain("bill.csv");
    expect(calls.find((call) => call.name === "start_import")?.args).toEqual([["/tmp/bill.csv"], null, true]);
    await vi.waitFor(() => expect(all("job")[0]?.dataset["state"]).toBe("done"));
  });
});

describe("a workspace with scenarios and no bill", () => {
  it("opens on the scenarios where no address was asked for", async () => {
    openWindow(location.pathname, "unbilled");
    await see("cards");
    expect(location.hash).toBe("#/scenarios");
    expect(all("open-sample")).toHaveLength(0);
  });

  it.each(["margin", "costs"])("says on %s that there is no bill, and leads on", async (screen) => {
    const { calls } = openWindow(`#/${screen}`, "unbilled");
    expect((await see("empty")).textContent).toContain("No bill yet");
    expect(all("error")).toHaveLength(0);
    expect(calls.map((call) => call.name)).not.toContain(screen);
    expect(await violations()).toEqual([]);
    await press("import-files");
    await see("job");
  });

  it("keeps prices and imports in their place", async () => {
    openWindow("#/prices", "unbilled");
    await see("table-prices");
    openWindow("#/imports", "unbilled");
    await see("empty");
  });
});

describe("a table", () => {
  it("hands the rows to the export in shown order", async () => {
    const { calls } = openWindow("#/margin");
    await press("sort-margin-cost_of_revenue");
    expect(location.hash).toContain("sort=cost_of_revenue,down");
    expect(keysOf("margin")).toEqual(["assistant", "agents", "search", "unassigned", "total"]);
    await press("sort-margin-cost_of_revenue");
    expect(keysOf("margin")).toEqual(["search", "agents", "assistant", "unassigned", "total"]);
    const menu = await see("export-margin");
    menu.focus();
    key(menu, "Enter");
    await press("export-margin-csv");
    await vi.waitFor(() => expect(calls.some((call) => call.name === "export_table")).toBe(true));
    const call = calls.find((one) => one.name === "export_table");
    expect(call?.args).toEqual([
      { table: "margin", query: { month: null, by: "product", basis: "billing_month" } },
      [2, 1, 0, 3, 4],
      "csv",
    ]);
    expect((await see("toast")).textContent).toContain("margin.csv");
  });

  it("filters, and says that totals are of all rows", async () => {
    openWindow("#/margin");
    type(await see("find-margin"), "search");
    expect(keysOf("margin")).toEqual(["search", "unassigned", "total"]);
    expect(document.body.textContent).toContain("1 of 3 rows shown");
  });

  it("narrows costs by a word in it", async () => {
    const { calls } = openWindow("#/costs?by=service");
    const table = await see("table-costs");
    table.querySelector<HTMLElement>("td[data-col=service] button")?.click();
    await see("chip-service");
    const last = calls.filter((call) => call.name === "costs").at(-1)?.args[0];
    expect(last).toMatchObject({ filters: [{ key: "service", value: "Amazon Bedrock" }] });
  });
});

describe("a chart", () => {
  it("is walked by arrow keys, and each mark is said", async () => {
    openWindow("#/margin");
    const marks = await see("marks-margin_change");
    key(marks, "ArrowRight");
    await see("tip");
    expect(all("spoken-margin_change")[0]?.textContent).toBe("Gross margin, Sep: 63.1%");
    key(marks, "ArrowRight");
    expect(all("spoken-margin_change")[0]?.textContent).toBe("Gross margin, Tokens per request: −1.9 pp");
    key(marks, "Escape");
    expect(all("tip")).toHaveLength(0);
  });
});

describe("keys and palette", () => {
  it("go to screens", async () => {
    openWindow("#/margin");
    await see("table-margin");
    key(document.body, "2", { ctrlKey: true });
    await see("table-costs");
    key(document.body, "g");
    key(document.body, "s");
    await see("table-compare");
  });

  it("offer the exports of every table and chart shown, also after the table changed", async () => {
    openWindow("#/margin");
    await press("by-customer");
    await vi.waitFor(() => expect(keysOf("margin").length).toBeGreaterThan(10));
    key(document.body, "k", { ctrlKey: true });
    await see("palette");
    for (const id of ["export-margin-csv", "export-margin-xlsx", "export-margin_trend-png", "month-2026-01"]) {
      await see(`command-${id}`);
    }
  });

  it("find a command by a few letters and run it", async () => {
    openWindow("#/margin");
    await see("table-margin");
    key(document.body, "k", { ctrlKey: true });
    const palette = await see("palette");
    const field = palette.querySelector("input")!;
    type(field, "sept");
    key(field, "Enter");
    await vi.waitFor(() => expect(location.hash).toContain("month=2026-09"));
  });
});
