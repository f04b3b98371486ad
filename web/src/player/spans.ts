/** Stretches of the recording in ms, as the server keeps them: disjoint and sorted. The server decides; here they are only shown. */

export type Span = [number, number];

export const length = (spans: Span[]): number => spans.reduce((sum, [start, end]) => sum + end - start, 0);

/** The parts of `spans` between two moments. */
export function within(spans: Span[], from: number, to: number): Span[] {
  return spans.map(([start, end]): Span => [Math.max(start, from), Math.min(end, to)]).filter(([start, end]) => start < end);
}

/** The parts of `a` that are not in `b`. */
export function without(a: Span[], b: Span[]): Span[] {
  return a.flatMap(([from, to]) => {
    const left: Span[] = [];
    let start = from;
    for (const [cutFrom, cutTo] of within(b, from, to)) {
      if (cutFrom > start) left.push([start, cutFrom]);
      start = cutTo;
    }
    if (start < to) left.push([start, to]);
    return left;
  });
}

const LEAST_MS = 2_000;

/** Where to go on watching: the next gap after `position`, else the first one; gaps shorter than 2 s only if there is no other. */
export function nextGap(required: Span[], watched: Span[], position: number): number | null {
  const gaps = without(required, watched);
  const long = gaps.filter(([start, end]) => end - start >= LEAST_MS);
  const candidates = long.length ? long : gaps;
  return (candidates.find(([start]) => start > position) ?? candidates[0])?.[0] ?? null;
}

/** "1:02:03", "07:12". */
export function clockText(ms: number): string {
  const s = Math.floor(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${two(Math.floor(s / 60))}:${two(s % 60)}`;
}
