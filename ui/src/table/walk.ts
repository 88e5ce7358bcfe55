// Arrow keys go from figure to figure of a table; one of them at a time is in the order of Tab.

const WAYS: Record<string, [number, number]> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Moves the focus to the next figure that is a link, past those that are none. True where the key was one of these. */
export function walk(event: KeyboardEvent): boolean {
  const way = WAYS[event.key];
  const cell = (event.target as HTMLElement).closest("td");
  const rows = [...(cell?.closest("table")?.rows ?? [])];
  const row = cell?.closest("tr");
  if (!way || !cell || !row) return false;
  let [line, place] = [rows.indexOf(row), cell.cellIndex];
  for (;;) {
    [line, place] = [line + way[0], place + way[1]];
    const next = rows[line]?.cells[place];
    if (!next) break;
    const link = next.querySelector<HTMLElement>(".why");
    if (link) {
      link.focus();
      break;
    }
  }
  // At the edge the key does nothing, so that the page does not scroll away below the focus.
  event.preventDefault();
  return true;
}
