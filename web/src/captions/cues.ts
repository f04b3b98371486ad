/** Captions as the server gives and takes them, and the times that people read and type. */

/** A stretch of the recording and what is said in it: plain text, lines divided by "\n"; `speaker` blank where nobody is named. */
export interface Cue {
  startMs: number;
  endMs: number;
  text: string;
  speaker: string;
}

/** start_ms, end_ms, text, speaker. */
export type Row = [number, number, string, string];

export const fromRow = ([startMs, endMs, text, speaker]: Row): Cue => ({ startMs, endMs, text, speaker });
export const toRow = ({ startMs, endMs, text, speaker }: Cue): Row => [startMs, endMs, text, speaker];

/** The number of the cue that is said at `ms`: of several at once the one that began last; -1 where nothing is said. */
export function cueAt(cues: readonly Cue[], ms: number): number {
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cues[middle]?.startMs ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  // A long cue under which others came and went is found a little further back; further than that nobody looks.
  for (let index = low - 1; index >= Math.max(0, low - 8); index--) if ((cues[index]?.endMs ?? 0) > ms) return index;
  return -1;
}

/** "01:02,500", with hours where there are any: as one types it. */
export function timeText(ms: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const rest = String(ms % 1000).padStart(3, "0");
  return `${hours ? `${hours}:` : ""}${two(minutes)}:${two(seconds)},${rest}`;
}

/** What was typed ("75", "1:15", "1:15,5", "1:02:03.250") in ms; null where it is no time. */
export function readTime(text: string): number | null {
  const found = /^(?:(?:(\d{1,2}):)?(\d{1,2}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const [, hours = "0", minutes, seconds = "0", fraction = "0"] = found;
  if (minutes !== undefined && (Number(seconds) > 59 || (found[1] !== undefined && Number(minutes) > 59))) return null;
  return ((Number(hours) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, "0"));
}
