import { describe, expect, it, vi } from "vitest";
import { all, keysOf, openWindow, press, see, type } from "./window.ts";

describe("prices", () => {
  it("looks closely at what is pressed, and the address says so", async () => {
    const { calls } = openWindow("#/prices");
    await see("table-prices");
    all("look")[3]?.click();
    expect((await see("price-detail")).textContent).toContain("gpt-5");
    expect(location.hash).toContain("item=openai,gpt-5");
    expect(calls.filter((call) => call.name === "chart").map((call) => (call.args[0] as { chart: string }).chart)).toEqual(
      expect.arrayContaining(["price_history", "price_regions"]),
    );
  });

  it("asks for another kind with its own sellers and regions", async () => {
    const { calls } = openWindow("#/prices?provider=openai&region=us-east-1");
    await press("resource-gpu");
    await vi.waitFor(() => {
      const last = calls.findLast((call) => call.name === "prices")?.args[0];
      expect(last).toMatchObject({ resource: "gpu", provider: null, region: null });
    });
  });

  it("says what a price would change before it is kept, and keeps nothing that is not whole", async () => {
    const { calls } = openWindow("#/prices");
    await press("new-price");
    await see("price-edit");
    expect(((await see("keep-price")) as HTMLButtonElement).disabled).toBe(true);
    type(await see("price-provider"), "openai");
    type(await see("price-item"), "gpt-5");
    type(await see("price-amount"), "1.30");
    await vi.waitFor(async () => expect((await see("price-effect")).textContent).toContain("would rise"));
    await press("keep-price");
    await vi.waitFor(() => expect(calls.find((call) => call.name === "set_price")?.args[0]).toMatchObject({
      provider: "openai",
      item: "gpt-5",
      amount: "1.30",
    }));
    await vi.waitFor(() => expect(all("price-edit")).toHaveLength(0));
  });

  it("keeps what has no price in the list, one press from pricing it", async () => {
    openWindow("#/prices");
    await see("table-prices");
    expect(keysOf("prices").some((key) => key.includes("lumen"))).toBe(true);
    await press("price-it");
    expect(((await see("price-provider")) as HTMLInputElement).value).toBe("lumen");
    expect(((await see("price-class")) as HTMLInputElement).value).toBe("input");
  });

  it("is one press from what has no price elsewhere", async () => {
    openWindow("#/margin");
    await press("price-it");
    await see("table-prices");
    expect(location.hash).toContain("#/prices");
  });
});
