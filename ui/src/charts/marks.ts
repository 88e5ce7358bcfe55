// Where a pointer or an arrow key lands among a chart's marks.
import type { Chart, Mark } from "../backend/backend.ts";

/** How far from a mark, in the chart's units, a pointer still finds it. */
const REACH = 28;

/** The mark under a point, or the nearest within reach; -1 if none. The smaller wins where two overlap. */
export function markAt(marks: Mark[], x: number, y: number): number {
  let best = -1;
  let bestDistance = REACH;
  let bestArea = Infinity;
  marks.forEach((mark, place) => {
    const dx = Math.max(mark.x - x, 0, x - (mark.x + mark.w));
    const dy = Math.max(mark.y - y, 0, y - (mark.y + mark.h));
    const distance = Math.hypot(dx, dy);
    const area = mark.w * mark.h;
    if (distance < bestDistance || (distance === bestDistance && area < bestArea)) {
      best = place;
      bestDistance = distance;
      bestArea = area;
    }
  });
  return best;
}

/** Where an arrow key leads: left and right along a series, up and down across series at the same place. */
export function walk(marks: Mark[], from: number, key: string): number {
  if (marks.length === 0) return -1;
  const here = marks[from];
  if (!here) return key === "End" || key === "ArrowLeft" ? marks.length - 1 : 0;
  const along = indices(marks, (mark) => mark.series === here.series);
  const across = indices(marks, (mark) => mark.label === here.label).sort((a, b) => top(marks[a]) - top(marks[b]));
  switch (key) {
    case "ArrowRight":
      return step(along.length > 1 ? along : all(marks), from, 1);
    case "ArrowLeft":
      return step(along.length > 1 ? along : all(marks), from, -1);
    case "ArrowDown":
      return step(across, from, 1);
    case "ArrowUp":
      return step(across, from, -1);
    case "Home":
      return along[0] ?? from;
    case "End":
      return along.at(-1) ?? from;
    default:
      return from;
  }
}

const top = (mark: Mark | undefined) => (mark ? mark.y : 0);
const all = (marks: Mark[]) => marks.map((_, place) => place);

function indices(marks: Mark[], wanted: (mark: Mark) => boolean): number[] {
  return marks.flatMap((mark, place) => (wanted(mark) ? [place] : []));
}

function step(among: number[], from: number, by: number): number {
  const place = among.indexOf(from) + by;
  return among[Math.min(Math.max(place, 0), among.length - 1)] ?? from;
}

/** A mark in words. */
export function say(mark: Mark): string {
  const where = mark.series === mark.label || !mark.label ? mark.series : `${mark.series}, ${mark.label}`;
  return `${where}: ${mark.shown}`;
}

/** The picture as something `<img>` can show; its text never becomes part of the page. */
export function pictureUrl(chart: Chart): string {
  return URL.createObjectURL(new Blob([chart.svg], { type: "image/svg+xml" }));
}
