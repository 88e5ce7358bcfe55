// A screen's main table keeps its order and filter in the address: `sort=cost,down&find=gpu`.
import type { Router } from "../state/router.svelte.ts";
import type { Sort } from "./order.ts";

export function tableInAddress(router: Router) {
  return {
    get sort(): Sort | null {
      const [column, way] = router.many("sort");
      return column ? { column, down: way === "down" } : null;
    },
    get find(): string {
      return router.one("find") ?? "";
    },
    onsort: (sort: Sort | null) => router.set({ sort: sort ? [sort.column, sort.down ? "down" : "up"] : [] }, true),
    onfind: (find: string) => router.set({ find: find ? [find] : [] }, true),
  };
}
