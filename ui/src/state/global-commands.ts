// The commands that are offered on every screen.
import type { Command } from "./commands.svelte.ts";
import { MOD } from "./keys.ts";
import { SCREENS, type Screen } from "./router.svelte.ts";
import type { Session } from "./session.svelte.ts";
import type { ThemeChoice } from "./theme.svelte.ts";

export const SCREEN_NAMES: Record<Screen, string> = {
  margin: "Margin",
  costs: "Costs",
  scenarios: "Scenarios",
  prices: "Prices",
  imports: "Imports",
  settings: "Settings",
};

export function globalCommands(session: Session): Command[] {
  const go = SCREENS.map((screen, place): Command => {
    const keys = screen === "settings" ? undefined : `${MOD}${place + 1}`;
    return {
      id: `go-${screen}`,
      group: "Go to",
      label: SCREEN_NAMES[screen],
      words: "go screen open",
      ...(keys ? { keys } : {}),
      run: () => session.router.go(screen),
    };
  });
  const theme = (choice: ThemeChoice, label: string): Command => ({
    id: `theme-${choice}`,
    group: "Theme",
    label,
    words: "appearance colour",
    run: () => session.themes.choose(choice),
  });
  return [
    ...go,
    {
      id: "import",
      group: "Imports",
      label: "Import files…",
      words: "open add bill usage revenue",
      keys: `${MOD}O`,
      run: () => void session.chooseAndImport(),
    },
    {
      id: "open-sample",
      group: "Imports",
      label: "Open the sample company",
      words: "demo example",
      run: () => void session.openSample(),
    },
    theme("light", "Light theme"),
    theme("dark", "Dark theme"),
    theme("system", "Theme as the system"),
    {
      id: "shortcuts",
      group: "Help",
      label: "Keyboard shortcuts",
      keys: "?",
      run: () => (session.dialog = "shortcuts"),
    },
  ];
}
