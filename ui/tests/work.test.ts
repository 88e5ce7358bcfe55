// What changes something: scenario numbers and imports.
import { describe, expect, it, vi } from "vitest";
import { flushSync } from "svelte";
import type { Calls } from "../src/backend/fixture.ts";
import { all, key, last, openWindow, press, see, type } from "./window.ts";
import { GROWTH, growth } from "./workbench.ts";

const lastCompare = (calls: Calls) => (last(calls, "compare")?.[0] as { overrides: unknown[] }).overrides;
const override = (value: string) => [growth(value)];

describe("a scenario's number", () => {
  it("is dragged as one step, asked for at once, and undone", async () => {
    const { calls } = openWindow("#/scenarios");
    const slider = (await see(`slider-${GROWTH}`)) as HTMLInputElement;
    for (const value of ["7", "8", "8.5"]) type(slider, value);
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    flushSync();
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual(override("8.5")));
    expect(all("changes")[0]?.textContent).toBe("1 changed");
    key(document.body, "z", { ctrlKey: true });
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual([]));
    expect(all(`assumption-${GROWTH}`)[0]?.dataset["value"]).toBe("6");
    key(document.body, "z", { ctrlKey: true, shiftKey: true });
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual(override("8.5")));
    await press(`reset-${GROWTH}`);
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual([]));
  });

  it("is typed, stepped and saved", async () => {
    const { calls } = openWindow("#/scenarios");
    const field = await see(`field-${GROWTH}`);
    type(field, "7 %");
    key(field, "Enter");
    key(field, "ArrowUp");
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual(override("7.5")));
    await press("save-changes");
    await vi.waitFor(() =>
      expect(calls.find((call) => call.name === "save_scenario")?.args).toEqual([override("7.5")]),
    );
    await see("toast");
    expect((all("save-changes")[0] as HTMLButtonElement).disabled).toBe(true);
    // What was saved is taken back as a step like any other.
    await press("undo-change");
    await vi.waitFor(() => expect(calls.some((call) => call.name === "write_scenarios")).toBe(true));
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual(override("7.5")));
  });

  it("marks what is no number, and changes nothing", async () => {
    openWindow("#/scenarios");
    const field = await see(`field-${GROWTH}`);
    type(field, "lots");
    key(field, "Enter");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(all("changes")[0]?.textContent).not.toContain("changed");
  });

  it("takes a column pasted from a spreadsheet, as one step", async () => {
    const { calls } = openWindow("#/scenarios");
    const field = await see(`field-${GROWTH}`);
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    Object.assign(paste, { clipboardData: { getData: () => "9\n$2.50\n" } });
    field.dispatchEvent(paste);
    flushSync();
    await vi.waitFor(() =>
      expect(lastCompare(calls)).toEqual([
        ...override("9"),
        { scenario: "api-only", path: "api.input_usd_per_mtok", value: "2.50" },
      ]),
    );
    await press("undo-change");
    await vi.waitFor(() => expect(lastCompare(calls)).toEqual([]));
  });
});

describe("a pasted column of a number that may be stated by month", () => {
  async function pasteInto(text: string) {
    const select = (await see("assumptions-of")) as HTMLSelectElement;
    select.value = "own-h100";
    select.dispatchEvent(new Event("change", { bubbles: true }));
    flushSync();
    const field = await see("field-own-h100-gpu.usd_per_gpu_hour");
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    Object.assign(paste, { clipboardData: { getData: () => text } });
    field.dispatchEvent(paste);
    flushSync();
  }

  it("becomes its months, and fills downwards only where that is asked for", async () => {
    const { calls } = openWindow("#/scenarios");
    await pasteInto("2.50\n$2.40\n1,002 USD");
    const path = "gpu.usd_per_gpu_hour_by_month";
    await vi.waitFor(() =>
      expect(lastCompare(calls)).toEqual([{ scenario: "own-h100", path, value: "2.50 2.40 1002" }]),
    );
    expect((await see("toast")).textContent).toContain("Filled 3 months of");
    expect((await see("toast")).textContent).toContain("downwards instead");
  });

  it("fills nothing where a line is no number", async () => {
    const { calls } = openWindow("#/scenarios");
    await pasteInto("2.50\n\n0,015");
    expect((await see("toast")).textContent).toContain("Line 2 of the pasted column is no number");
    expect(lastCompare(calls)).toEqual([]);
  });
});

describe("an import", () => {
  it("is undone by Ctrl-Z and brought back", async () => {
    const { calls } = openWindow("#/imports");
    await see("undo-9");
    key(document.body, "z", { ctrlKey: true });
    await vi.waitFor(() => expect(calls.find((call) => call.name === "undo")?.args).toEqual([9]));
    expect((await see("toast")).textContent).toContain("plan-2026.csv");
    await vi.waitFor(() => expect(all("undo-9")).toHaveLength(0));
    await vi.waitFor(() => expect((all("redo")[0] as HTMLButtonElement).disabled).toBe(false));
    key(document.body, "z", { ctrlKey: true, shiftKey: true });
    await see("undo-9");
  });

  it("cannot be undone while its month is closed", async () => {
    openWindow("#/imports");
    const button = (await see("undo-4")) as HTMLButtonElement;
    expect(button.disabled).toBe(true);
    expect(button.title).toContain("closed");
  });

  it("shows progress and is cancelled", async () => {
    const { calls } = openWindow("#/imports");
    await press("import-files");
    await press("job-cancel");
    await vi.waitFor(() => expect(all("job")[0]?.dataset["state"]).toBe("cancelled"));
    expect(calls.find((call) => call.name === "cancel_job")?.args).toEqual([1]);
  });
});
