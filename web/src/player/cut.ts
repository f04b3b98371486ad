/** The moments of a cut, as the server reads them (`media/clips/times.py`), and what a shape shows at one. Pure. */

export type Box = [number, number, number, number];
/** What of the picture (first) stands where in the clip (second). */
export type Tile = [Box, Box];
/** Where a name is set anew, the name, and the office. */
export type Name = [Box, string, string];
export interface Moment {
  at_ms: number;
  tiles: Record<string, Tile[]>;
  names: Record<string, Name[]>;
}

const WRITTEN = /^(?:(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})|(\d{1,6}))(?:[.,](\d{1,3}))?$/;

/** `h:mm:ss.mmm` in ms; null where it is no time. */
export function parseMs(text: string): number | null {
  const found = WRITTEN.exec(text.trim());
  if (!found) return null;
  const [, hours, minutes, seconds, alone, part] = found;
  const rest = Number((part ?? "0").padEnd(3, "0"));
  if (alone !== undefined) return Number(alone) * 1000 + rest;
  if (Number(seconds) > 59 || (hours !== undefined && Number(minutes) > 59)) return null;
  return ((Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + rest;
}

const two = (value: number) => String(value).padStart(2, "0");

export function written(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${clock}.${String(ms % 1000).padStart(3, "0")}`;
}

/** The number of the frame that is shown at `ms`. */
export const frameAt = (ms: number, fps: number) => Math.floor(((ms + 1) * fps) / 1000);

export const frameMs = (frame: number, fps: number) => Math.round((frame * 1000) / fps);

/** What is shown at `ms`: the last moment at or before it. */
export function momentAt(moments: Moment[], ms: number): Moment | undefined {
  let low = 0;
  let high = moments.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((moments[middle]?.at_ms ?? 0) <= ms) low = middle;
    else high = middle;
  }
  return moments[low];
}

/** `text` in at most `most` lines that `fits` accepts, broken between words; what is left over ends in "…". */
export function lines(text: string, most: number, fits: (line: string) => boolean): string[] {
  const out: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = out.length ? `${out[out.length - 1]} ${word}` : word;
    if (out.length && fits(longer)) out[out.length - 1] = longer;
    else if (out.length < most) out.push(word);
    else {
      out[out.length - 1] = `${out[out.length - 1]} …`;
      break;
    }
  }
  return out;
}
