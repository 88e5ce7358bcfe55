// The scenario workbench: its list, its editor and its views.
import { flushSync } from "svelte";
import { describe, expect, it, vi } from "vitest";
import type { Assumption } from "../src/backend/backend.ts";
import { Edits } from "../src/screens/scenarios/edits.svelte.ts";
import { bearing, bridgeQuery, EVERY, evenOf, riskQuery, view } from "../src/screens/scenarios/load.ts";
import { pastedMonths, seriesOf } from "../src/screens/scenarios/paste.ts";
import { Live } from "../src/state/live.svelte.ts";
import { parse } from "../src/state/router.svelte.ts";
import { all, choose, key, last, openWindow, press, see, type } from "./window.ts";
import { GROWTH, growth, menu } from "./workbench.ts";


describe("the list of scenarios", () => {
  it("shows margin, a line and the worst limit of each, and why one cannot run", async () => {
    openWindow("#/scenarios");
    await see("cards");
    expect((await see("card-own-h100-margin")).textContent).toContain("71.4%");
    expect(all("spark").length).toBe(4);
    expect((await see("badge-api-only")).textContent).toContain("fails: residency");
    expect((await see("scenario-mi300x-eu")).textContent).toContain("eu-north does not sell MI300X");
  });

  it("chooses by a press, and the address says so", async () => {
    const { calls } = openWindow("#/scenarios");
    await press("scenario-hybrid");
    expect(location.hash).toContain("ids=api-only,own-h100,small-router");
    await vi.waitFor(() =>
      expect(last(calls, "compare")?.[0]).toMatchObject({ scenarios: ["api-only", "own-h100", "small-router"] }),
    );
  });

  it("leads on where too few are chosen", async () => {
    openWindow("#/scenarios?ids=hybrid");
    expect((await see("empty")).textContent).toContain("Choose two or more scenarios");
    await press("choose-all");
    await see("table-compare");
    expect(location.hash).toContain("ids=api-only,own-h100,hybrid,small-router");
  });

  it("is walked by arrow keys", async () => {
    openWindow("#/scenarios");
    const first = await see("scenario-api-only");
    first.focus();
    key(first, "ArrowRight");
    expect(document.activeElement).toBe(all("scenario-own-h100")[0]);
    key(document.activeElement!, "ArrowLeft");
    key(document.activeElement!, "ArrowLeft");
    expect(document.activeElement).toBe(all("scenario-small-router")[0]);
  });

  it("bridges a card that is dropped on another", async () => {
    const { calls } = openWindow("#/scenarios");
    const from = await see("scenario-api-only");
    const to = await see("card-hybrid");
    document.elementFromPoint = () => to;
    const pointer = (target: EventTarget, name: string, x: number) =>
      target.dispatchEvent(new MouseEvent(name, { bubbles: true, button: 0, clientX: x, clientY: 5 }));
    pointer(from, "pointerdown", 0);
    pointer(window, "pointermove", 40);
    pointer(window, "pointerup", 40);
    flushSync();
    await see("table-bridge");
    expect(last(calls, "bridge")?.[0]).toMatchObject({ from: "api-only", to: "hybrid" });
  });

  it("adds a scenario from another under a name, and takes it back and forth", async () => {
    const { calls } = openWindow("#/scenarios");
    await menu("own-h100", "copy-own-h100");
    type(await see("name"), "Own H100, cheaper");
    await press("name-give");
    await see("card-own-h100-cheaper");
    expect(last(calls, "copy_scenario")).toEqual(["own-h100", "Own H100, cheaper", []]);
    await press("undo-change");
    await vi.waitFor(() => expect(all("card-own-h100-cheaper")).toHaveLength(0));
    await vi.waitFor(() => expect((all("redo-change")[0] as HTMLButtonElement).disabled).toBe(false));
    await press("redo-change");
    await see("card-own-h100-cheaper");
  });

  it("deletes a scenario and brings it back where it was", async () => {
    openWindow("#/scenarios");
    await menu("own-h100", "delete-own-h100");
    await vi.waitFor(() => expect(all("card-own-h100")).toHaveLength(0));
    key(document.body, "z", { ctrlKey: true });
    await see("card-own-h100");
    expect(all("cards")[0]?.querySelectorAll("[data-card]")[1]?.getAttribute("data-card")).toBe("own-h100");
  });
});

describe("the best of a scenario", () => {
  it("is looked for as a job, explained, and kept under a name", async () => {
    const { calls } = openWindow("#/scenarios?view=optimise");
    await press("optimise-start");
    await see("optimise-cancel");
    await see("table-optimise");
    expect((await see("words")).textContent).toContain("8 are beaten");
    await press("optimise-keep");
    await press("name-give");
    await see("card-own-h100-b200-none-standing-by");
    expect(last(calls, "keep_best")?.[1]).toBe("Own H100: B200, none standing by");
  });
});

describe("the comparison", () => {
  it("lies over months or over volume, by the address and by arrow keys", async () => {
    const { calls } = openWindow("#/scenarios");
    const months = await see("by-month");
    expect(months.getAttribute("aria-checked")).toBe("true");
    await see("marks-compare");
    months.focus();
    key(months, "ArrowRight");
    expect(document.activeElement).toBe(all("by-volume")[0]);
    expect(location.hash).toContain("by=volume");
    await see("marks-cost_by_volume");
    await vi.waitFor(() => expect(last(calls, "chart")?.[0]).toMatchObject({ chart: "cost_by_volume" }));
    key(await see("by-volume"), "ArrowLeft");
    expect(location.hash).not.toContain("by=");
    await see("marks-compare");
  });

  it("goes out with the numbers on screen", async () => {
    const { calls } = openWindow("#/scenarios");
    const slider = (await see(`slider-${GROWTH}`)) as HTMLInputElement;
    slider.value = "9";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    flushSync();
    const number = growth("9");
    await vi.waitFor(() => expect(last(calls, "compare")?.[0]).toMatchObject({ overrides: [number] }));
    await vi.waitFor(async () => {
      const trigger = await see("export-compare");
      trigger.focus();
      key(trigger, "Enter");
      const item = await see("export-compare-xlsx");
      item.focus();
      key(item, "Enter");
      const [request, , format] = last(calls, "export_table") ?? [];
      expect(format).toBe("xlsx");
      expect(request).toMatchObject({ table: "compare", query: { overrides: [number] } });
    });
  });

  it("tells the break-evens of one scenario where those of every pair are many", () => {
    const params = (hash: string) => parse(hash).params;
    const ids = ["a", "b", "c"];
    expect(evenOf(params("#/scenarios"), ids, 3)).toBe(EVERY);
    expect(evenOf(params("#/scenarios"), ids, 28)).toBe("a");
    expect(evenOf(params("#/scenarios?even=c"), ids, 28)).toBe("c");
    expect(evenOf(params("#/scenarios?even=every"), ids, 28)).toBe(EVERY);
    expect(evenOf(params("#/scenarios?even=gone"), ids, 28)).toBe("a");
  });
});

describe("capacity", () => {
  it("begins with a scenario that has one, and shows fleet by fleet what there is", async () => {
    const { calls } = openWindow("#/scenarios?view=capacity");
    const fleet = (await see("capacity-fleet")) as HTMLSelectElement;
    expect(last(calls, "capacity")?.[0]).toMatchObject({ scenario: "own-h100", fleet: null });
    expect([...fleet.options].map((option) => option.label)).toEqual(["all GPUs", "serving", "database, units"]);
    choose(fleet, "database");
    expect(location.hash).toContain("fleet=database");
    await vi.waitFor(() => expect(last(calls, "capacity")?.[0]).toMatchObject({ fleet: "database" }));
    await vi.waitFor(() => expect(last(calls, "chart")?.[0]).toMatchObject({ query: { fleet: "database" } }));
    choose(await see("capacity-of"), "api-only");
    expect((await see("empty")).textContent).toContain("owns no GPUs");
    expect(location.hash).not.toContain("fleet=");
  });
});

describe("what is said of a number", () => {
  it("is a range with both ends, a shape, a source, evidence and a date", async () => {
    const { calls } = openWindow("#/scenarios");
    await press(`open-${GROWTH}`);
    const change = async (id: string, text: string) => choose(await see(id), text);
    await change(`low-${GROWTH}`, "4");
    const said = (field: string, value: string) => growth(value, `.${field}`);
    const overrides = () => (last(calls, "compare")?.[0] as { overrides: unknown[] }).overrides;
    expect(all(`low-${GROWTH}`)[0]?.getAttribute("aria-invalid")).toBe("false");
    await vi.waitFor(() => expect(overrides()).toEqual([said("low", "4"), said("high", "6")]));
    await change(`high-${GROWTH}`, "5");
    expect(all(`high-${GROWTH}`)[0]?.getAttribute("aria-invalid")).toBe("true");
    await change(`source-${GROWTH}`, "board, November");
    await vi.waitFor(() => expect(overrides()).toContainEqual(said("source", "board, November")));
    await change(`observed-${GROWTH}`, "soon");
    expect(all(`observed-${GROWTH}`)[0]?.getAttribute("aria-invalid")).toBe("true");
    await press(`reset-${GROWTH}`);
    await vi.waitFor(() => expect(overrides()).toEqual([]));
  });
});

describe("a pasted column", () => {
  it("becomes months where a number may be stated month by month", () => {
    const at = (path: string) => ({ scenario: "a", path }) as Assumption;
    expect(pastedMonths(at("demand.requests_per_month"), "1,000\n1,200\t7\n$1,500")).toEqual({
      scenario: "a",
      path: "demand.requests_by_month",
      value: "1000 1200 1500",
    });
    expect(pastedMonths(at("demand.requests_per_month"), "1000")).toBeNull();
    expect(pastedMonths(at("demand.requests_per_month"), "1000\nmany")).toBeNull();
    expect(pastedMonths(at("demand.cache_hit_percent"), "1\n2")).toBeNull();
    expect(seriesOf("component.own.usd_per_gpu_hour")).toBe("component.own.usd_per_gpu_hour_by_month");
    expect(seriesOf("cost.Support desk.usd_per_month")).toBe("cost.Support desk.usd_by_month");
  });
});

describe("the address", () => {
  it("is the state of every view", () => {
    const params = (hash: string) => parse(hash).params;
    expect(view(params("#/scenarios?view=risk"))).toBe("risk");
    expect(view(params("#/scenarios?view=nothing"))).toBe("compare");
    expect(bridgeQuery(params("#/scenarios?from=b"), ["a", "b", "c"], [])).toMatchObject({ from: "b", to: "a" });
    expect(bridgeQuery(params("#/scenarios?from=b&to=c"), ["a", "b", "c"], [])).toMatchObject({ from: "b", to: "c" });
    expect(riskQuery(params("#/scenarios?draws=-3&seed=9&target=62.5"), ["a"], [])).toMatchObject({
      draws: null,
      seed: 9,
      target_percent: "62.5",
    });
  });

  it("asks with the changes of the scenarios shown and of those that they stand on", () => {
    const bases = new Map([["patch", "base"], ["base", null], ["other", null]] as [string, string | null][]);
    const change = (scenario: string) => ({ scenario, path: "demand.requests_per_month", value: "1" });
    const changes = ["patch", "base", "other"].map(change);
    expect(bearing(["patch"], bases, changes)).toEqual([change("patch"), change("base")]);
  });
});

describe("asking while a number moves", () => {
  it("asks one question at a time, then the newest, and shows every answer", async () => {
    const asked: number[] = [];
    const answers: ((value: string) => void)[] = [];
    const live = new Live<number, string>((question) => {
      asked.push(question);
      return new Promise((resolve) => answers.push(resolve));
    });
    [1, 2, 3].forEach((question) => live.ask(question));
    expect(asked).toEqual([1]);
    answers[0]?.("one");
    await vi.waitFor(() => expect(asked).toEqual([1, 3]));
    expect(live.value).toBe("one");
    answers[1]?.("three");
    await vi.waitFor(() => expect(live.value).toBe("three"));
    expect(live.busy).toBe(false);
  });
});

describe("undo", () => {
  it("goes back through numbers and written files in order, and forth again", async () => {
    const written: unknown[] = [];
    const edits = new Edits(async (texts) => void written.push(texts));
    const change = (value: string) => ({ scenario: "a", path: "demand.requests_per_month", value });
    const text = (body: string) => ({ id: "a", text: body, place: null });
    edits.commit([change("1")]);
    edits.saved({ done: "saved A", scenario: "a", before: [text("old")], after: [text("new")] });
    edits.commit([change("2")]);
    await edits.undo();
    expect(edits.now).toEqual([]);
    await edits.undo();
    expect(written).toEqual([[text("old")]]);
    expect(edits.now).toEqual([change("1")]);
    await edits.undo();
    expect([edits.now, edits.canUndo]).toEqual([[], false]);
    await edits.redo();
    await edits.redo();
    expect(written).toEqual([[text("old")], [text("new")]]);
    expect(edits.now).toEqual([]);
  });
});
