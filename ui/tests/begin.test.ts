// A scenario begins in the window, says why its figures are what they are, and becomes the plan.
import { flushSync } from "svelte";
import { describe, expect, it, vi } from "vitest";
import type { NewChoices } from "../src/backend/backend.ts";
import { newQuery, type Fields } from "../src/screens/scenarios/begin.ts";
import { Edits } from "../src/screens/scenarios/edits.svelte.ts";
import { all, choose, key, last, openWindow, press, see, type } from "./window.ts";
import { menu } from "./workbench.ts";

const ready = () =>
  vi.waitFor(() => {
    flushSync();
    expect((all("new-keep")[0] as HTMLButtonElement).disabled).toBe(false);
  });

describe("a new scenario from actuals", () => {
  it("shows ledger and scenario line by line, is kept, chosen, and taken back", async () => {
    const { calls } = openWindow("#/scenarios?ids=api-only,own-h100");
    await see("cards");
    key(document.body, "n");
    await see("new");
    const table = await see("table-scenario-new");
    expect(table.textContent).toContain("own GPUs");
    expect((await see("new-text")).textContent).toContain("[demand]");
    type(await see("new-name"), "As in summer");
    await vi.waitFor(() => expect(last(calls, "preview_new")?.[0]).toMatchObject({ query: { name: "As in summer" } }));
    await ready();
    await press("new-keep");
    await see("card-as-in-summer");
    expect(all("new")).toHaveLength(0);
    expect(last(calls, "keep_new")).toEqual(last(calls, "preview_new"));
    expect(location.hash).toContain("ids=api-only,own-h100,as-in-summer");
    await vi.waitFor(() => expect(document.activeElement).toBe(all("scenario-as-in-summer")[0]));
    key(document.body, "z", { ctrlKey: true });
    await vi.waitFor(() => expect(all("card-as-in-summer")).toHaveLength(0));
  });

  it("is asked for the period, product, start and months that stand in the fields", async () => {
    const { calls } = openWindow("#/scenarios");
    await press("new-scenario");
    const period = (await see("new-period")) as HTMLSelectElement;
    expect(period.selectedOptions[0]?.textContent).toBe("August 2026 – October 2026");
    expect(last(calls, "preview_new")?.[0]).toMatchObject({
      from: "actuals",
      query: { from: "2026-08", to: "2026-10", product: null, name: null },
    });
    choose(period, "Quarters 2026-07 2026-09");
    choose(await see("new-product"), "Assistant");
    type(await see("new-months"), "12");
    await vi.waitFor(() =>
      expect(last(calls, "preview_new")?.[0]).toMatchObject({
        query: { from: "2026-07", to: "2026-09", product: "Assistant", months: 12 },
      }),
    );
    type(await see("new-months"), "none");
    expect(all("new-months")[0]?.getAttribute("aria-invalid")).toBe("true");
    expect((all("new-keep")[0] as HTMLButtonElement).disabled).toBe(true);
  });

  it("says what to do where the ledger holds nothing", async () => {
    openWindow("#/scenarios", "bare");
    await press("new-scenario");
    expect((await see("new-none")).textContent).toContain("Import token usage");
    expect((all("new-keep")[0] as HTMLButtonElement).disabled).toBe(true);
  });

  it("shows what the engine cannot do, in the dialog", async () => {
    openWindow("#/scenarios", "error");
    await see("cards");
    key(document.body, "n");
    const dialog = await see("new");
    await vi.waitFor(() => expect(dialog.querySelector('[data-testid="error"]')?.textContent).toContain("Where"));
  });
});

describe("a new scenario from another", () => {
  it("shows the patch, asks for what it lacks, and keeps it", async () => {
    const { calls } = openWindow("#/scenarios");
    await menu("hybrid", "patch-hybrid");
    await see("new");
    expect(((await see("new-base")) as HTMLSelectElement).value).toBe("hybrid");
    expect((await see("new-text")).textContent).toContain("[base]");
    expect(last(calls, "preview_new")?.[0]).toMatchObject({ from: "patch", query: { base: "hybrid", patch: "cheaper-model" } });

    await press("new-patch-own-gpus");
    await vi.waitFor(() => expect(all("error")[0]?.textContent).toContain("the base has no GPUs of its own"));
    expect((all("new-keep")[0] as HTMLButtonElement).disabled).toBe(true);
    type(await see("new-gpu"), "H100 SXM");
    type(await see("new-rate"), "1,400");
    type(await see("new-price"), "2.5");
    type(await see("new-name"), "All own");
    await ready();
    await press("new-keep");
    await see("card-all-own");
    expect(last(calls, "keep_new")?.[0]).toEqual({
      from: "patch",
      query: {
        base: "hybrid",
        patch: "own-gpus",
        name: "All own",
        model: null,
        gpu: "H100 SXM",
        usd_per_gpu_hour: "2.5",
        output_tokens_per_s_per_gpu: "1,400",
      },
    });
  });

  it("is asked for nothing that another patch was told", () => {
    const choices = { periods: [], products: [], starts: [], start: null, months: 24, patches: [] } as NewChoices;
    const fields = { source: "patch", base: "a", patch: "batch", model: "m/n", gpu: "H100", price: "2", rate: "9" };
    const blank = { period: "", product: "", start: "", months: "", name: " " };
    expect(newQuery(choices, { ...fields, ...blank } as Fields)).toEqual({
      from: "patch",
      query: {
        base: "a",
        patch: "batch",
        name: null,
        model: null,
        gpu: null,
        usd_per_gpu_hour: null,
        output_tokens_per_s_per_gpu: null,
      },
    });
    expect(newQuery(choices, { ...fields, ...blank, source: "actuals" } as Fields)).toBeNull();
  });
});

describe("why a figure is what it is", () => {
  it("is told by formula, numbers and sources, line by line, and copied as text", async () => {
    const { calls } = openWindow("#/scenarios");
    let copied = "";
    Object.defineProperty(navigator, "clipboard", {
      configurable: true,
      value: { writeText: async (text: string) => void (copied = text) },
    });
    await menu("own-h100", "explain-own-h100");
    await see("explain");
    expect(last(calls, "explain_scenario")?.[0]).toMatchObject({ scenario: "own-h100", line: null, month: null });
    expect((await see("explain-formula")).textContent).toContain("own GPUs");
    await press("explain-line-own GPUs");
    await vi.waitFor(() => expect(location.hash).toContain("line=own%20GPUs"));
    await vi.waitFor(() => expect(all("explain-formula")[0]?.textContent).toContain("hours of the month"));
    expect(all("table-explain")[0]?.textContent).toContain("billed");
    await press("explain-copy");
    await vi.waitFor(() => expect(copied).toContain("USD = "));
    key(document.activeElement ?? document.body, "Escape");
    await vi.waitFor(() => expect(location.hash).not.toContain("explain"));
  });

  it("is a key away, and an unknown line leads back", async () => {
    openWindow("#/scenarios?explain=own-h100&line=nothing");
    await see("explain");
    await vi.waitFor(() => expect(all("error")[0]?.textContent).toContain("use one of"));
    await press("explain-reset");
    await see("explain-value");
    openWindow("#/scenarios");
    await see("cards");
    key(document.body, "w");
    await see("explain-value");
  });
});

describe("the plan", () => {
  it("is adopted, marked, compared, calibrated, and taken back", async () => {
    const { calls } = openWindow("#/scenarios?view=plan");
    await see("plan-none");
    choose(await see("plan-choice"), "own-h100");
    await press("plan-adopt");
    await see("plan-about");
    expect(all("plan-mark")[0]?.closest("[data-card]")?.getAttribute("data-card")).toBe("own-h100");
    expect((await see("table-plan-months")).textContent).toContain("October 2026");
    expect((await see("table-plan")).textContent).toContain("Revenue volume");
    expect((await see("table-plan-measured")).textContent).toContain("measured");
    await press("calibrate");
    await vi.waitFor(() => expect(last(calls, "calibrate")).toEqual(["own-h100", "2026-10"]));
    await vi.waitFor(() => expect(document.body.textContent).toContain("Took 3 numbers measured"));
    key(document.body, "z", { ctrlKey: true });
    await vi.waitFor(() => expect(calls.some((call) => call.name === "write_scenarios")).toBe(true));
    await vi.waitFor(() => {
      key(document.body, "z", { ctrlKey: true });
      expect(calls.filter((call) => call.name === "undo_plan")).toHaveLength(1);
    });
    await see("plan-none");
    expect(all("plan-mark")).toHaveLength(0);
    key(document.body, "z", { ctrlKey: true, shiftKey: true });
    await see("plan-about");
  });

  it("waits for its first month", async () => {
    openWindow("#/scenarios?view=plan");
    await menu("small-router", "adopt-small-router");
    expect((await see("plan-waits")).textContent).toContain("holds no month of it");
  });

  it("is a step of the screen's undo", async () => {
    const told: string[] = [];
    const say = (word: string) => async () => void told.push(word);
    const edits = new Edits();
    edits.did({ done: "A is the plan", back: say("back"), again: say("again") });
    expect(edits.undoes).toBe("A is the plan");
    await edits.undo();
    expect([edits.canUndo, edits.redoes]).toEqual([false, "A is the plan"]);
    await edits.redo();
    expect(told).toEqual(["back", "again"]);
  });
});
