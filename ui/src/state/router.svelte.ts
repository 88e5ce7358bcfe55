// The address is the state: `#/costs?by=service,region&from=2026-01`. Parses, writes, and follows it.
// Not here: what the parameters mean; each screen's load.ts knows that.

export const SCREENS = ["margin", "costs", "scenarios", "prices", "imports", "settings"] as const;
export type Screen = (typeof SCREENS)[number];
export type Params = Record<string, string[]>;
export type Route = { screen: Screen; params: Params };

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const screen = SCREENS.find((name) => name === path) ?? "margin";
  const params: Params = {};
  for (const pair of query.split("&")) {
    if (!pair) continue;
    const [key = "", values = ""] = pair.split(/=(.*)/s);
    params[decode(key)] = values.split(",").filter(Boolean).map(decode);
  }
  return { screen, params };
}

export function format(route: Route): string {
  const pairs = Object.entries(route.params)
    .filter(([, values]) => values.length > 0)
    .map(([key, values]) => `${encode(key)}=${values.map(encode).join(",")}`);
  return `#/${route.screen}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
}

/** Readable in the address: a colon stays, as in `tag:product`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export class Router {
  route: Route = $state.raw(parse(location.hash));
  /** Where each screen was left, so the rail returns there. */
  #left = new Map<Screen, Params>();

  /** Follows back, forward and typed addresses; call the answer to stop. */
  listen(): () => void {
    const follow = () => this.#show(parse(location.hash));
    window.addEventListener("popstate", follow);
    window.addEventListener("hashchange", follow);
    return () => {
      window.removeEventListener("popstate", follow);
      window.removeEventListener("hashchange", follow);
    };
  }

  one(key: string): string | null {
    return this.route.params[key]?.[0] ?? null;
  }

  many(key: string): string[] {
    return this.route.params[key] ?? [];
  }

  /** Another screen, as it was left unless told otherwise. */
  go(screen: Screen, params: Params = this.#left.get(screen) ?? {}): void {
    this.#write({ screen, params: { ...params, ...this.#kept() } }, false);
  }

  /** Changes some parameters of this screen. `quiet` leaves no step to go back to. */
  set(patch: Params, quiet = false): void {
    const { screen, params } = this.route;
    this.#write({ screen, params: { ...params, ...patch } }, quiet);
  }

  href(screen: Screen): string {
    return format({ screen, params: { ...this.#left.get(screen), ...this.#kept() } });
  }

  /** A forced theme stays while pictures are taken. */
  #kept(): Params {
    const theme = this.route.params["theme"];
    return theme ? { theme } : {};
  }

  #write(route: Route, quiet: boolean): void {
    const hash = format(route);
    if (hash !== location.hash) {
      if (quiet) history.replaceState(null, "", hash);
      else history.pushState(null, "", hash);
    }
    this.#show(parse(hash));
  }

  #show(route: Route): void {
    if (format(route) === format(this.route)) return;
    this.#left.set(this.route.screen, this.route.params);
    this.route = route;
    this.#left.set(route.screen, route.params);
  }
}
