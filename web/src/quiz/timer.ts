/** The time left, by the server's clock: counted with the page's monotonic clock, so that a changed wall clock changes nothing. */

export interface Clock {
  /** Milliseconds on the server, since 1970. */
  nowMs(): number;
}

/** A clock that said `serverMs` when this page began (`performance.now()` 0 is when it was requested). */
export function serverClock(serverMs: number, receivedAt: number, monotonic: () => number): Clock {
  return { nowMs: () => serverMs + (monotonic() - receivedAt) };
}

export type Mark = "half" | "five" | "one";

/** Which of the announcements fall between two moments of time left. `totalMs`: the whole time of the attempt. */
export function marksBetween(beforeMs: number, afterMs: number, totalMs: number): Mark[] {
  const marks: [Mark, number][] = [
    ["half", totalMs / 2],
    ["five", 5 * 60_000],
    ["one", 60_000],
  ];
  return marks.filter(([, at]) => at < totalMs && beforeMs > at && afterMs <= at).map(([mark]) => mark);
}

/** "1:02:03", "14:59"; never below "0:00". */
export function clockText(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
