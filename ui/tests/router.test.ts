import { describe, expect, it } from "vitest";
import { format, parse, Router } from "../src/state/router.svelte.ts";
import { query as costsQuery, readFilter, writeFilter } from "../src/screens/costs/load.ts";
import { query as marginQuery } from "../src/screens/margin/load.ts";

describe("the address", () => {
  it("comes back as it was written", () => {
    for (const hash of [
      "#/margin?month=2026-10&by=product",
      "#/costs?by=service,region,tag:product&from=2026-01&to=2026-06",
      "#/scenarios?ids=a,b",
      "#/imports",
      "#/settings",
    ]) {
      expect(format(parse(hash))).toBe(hash);
    }
  });

  it("keeps commas, spaces and signs of a value apart from its own", () => {
    const value = "a,b & c=d/€?#%";
    const route = {
      screen: "costs" as const,
      params: { filter: [writeFilter({ key: "tag:x=y%", value }), "service=S3"] },
    };
    const back = parse(format(route));
    expect(back).toEqual(route);
    expect(readFilter(back.params["filter"]?.[0] ?? "")).toEqual([{ key: "tag:x=y%", value }]);
  });

  it("opens margin when it names no screen, and survives nonsense", () => {
    expect(parse("").screen).toBe("margin");
    expect(parse("#/nowhere?x=%E0%A4%A").screen).toBe("margin");
  });

  it("becomes the query of its screen", () => {
    expect(marginQuery(parse("#/margin?month=2026-09&by=customer").params)).toEqual({
      month: "2026-09",
      by: "customer",
      basis: "billing_month",
    });
    expect(costsQuery(parse("#/costs?by=day,tag:team&basis=usage_date").params)).toEqual({
      from: null,
      to: null,
      by: ["day", "tag:team"],
      basis: "usage_date",
      filters: [],
    });
  });

  it("goes back and forward", async () => {
    history.replaceState(null, "", "#/margin");
    const router = new Router();
    const stop = router.listen();
    router.set({ by: ["region"] });
    router.go("imports");
    expect(location.hash).toBe("#/imports");
    history.back();
    await new Promise((done) => window.addEventListener("popstate", done, { once: true }));
    expect(router.route).toEqual({ screen: "margin", params: { by: ["region"] } });
    router.go("costs");
    router.go("margin");
    expect(router.one("by"), "the rail returns to a screen as it was left").toBe("region");
    stop();
  });
});
