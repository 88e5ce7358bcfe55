// What can be done now, by name: the palette lists it, shortcuts run it. Screens add theirs while shown.

export type Command = {
  id: string;
  group: string;
  label: string;
  /** Other words that find it. */
  words?: string;
  /** As printed beside it. */
  keys?: string;
  run: () => void;
};

export class Commands {
  // Plain, because cleaning effects would read its state as it was before the change.
  #sets = new Map<symbol, Command[]>();
  /** Replaced at every change, so that readers hear of it. */
  #changed = $state.raw({});

  /** Adds commands; call the answer to take them away. */
  add(commands: Command[]): () => void {
    const mark = Symbol();
    this.#sets.set(mark, commands);
    this.#changed = {};
    return () => {
      this.#sets.delete(mark);
      this.#changed = {};
    };
  }

  get all(): Command[] {
    void this.#changed;
    return [...this.#sets.values()].flat();
  }

  /** Runs a command if it is offered now. */
  run(id: string): boolean {
    const command = this.all.find((offered) => offered.id === id);
    command?.run();
    return command !== undefined;
  }
}

/** How well letters typed in order match; null if they do not. Starts of words count most. */
export function fuzzy(typed: string, text: string): number | null {
  const wanted = typed.toLowerCase().replace(/\s+/g, "");
  const within = text.toLowerCase();
  let score = 0;
  let from = 0;
  let streak = 0;
  for (const letter of wanted) {
    const found = within.indexOf(letter, from);
    if (found < 0) return null;
    const startsWord = found === 0 || /[\s\-:/.(]/.test(within[found - 1] ?? "");
    streak = found === from && from > 0 ? streak + 1 : 0;
    score += 1 + streak * 2 + (startsWord ? 4 : 0) - Math.min(found - from, 8) * 0.1;
    from = found + 1;
  }
  return score - within.length * 0.01;
}
