/** Editing captions: each edit gives a new list, in order, and leaves the old one as it was, so that it can be undone. */
import type { Cue } from "./cues";

/** A cue with a name of its own, so that the page knows it again wherever it moves. */
export interface Line extends Cue {
  id: number;
}

export type Lines = readonly Line[];

const NEW_MS = 3_000;
const LEAST_MS = 300;

let lastId = 0;
export const named = (cue: Cue): Line => ({ ...cue, id: ++lastId });

export const inOrder = (lines: Lines): Line[] => [...lines].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs || a.id - b.id);

export const change = (lines: Lines, id: number, values: Partial<Cue>): Line[] =>
  inOrder(lines.map((line) => (line.id === id ? { ...line, ...values } : line)));

export const remove = (lines: Lines, id: number): Line[] => lines.filter((line) => line.id !== id);

/** A new line from `atMs` on: three seconds, or as long as there is room before the next one. */
export function add(lines: Lines, atMs: number): { lines: Line[]; id: number } {
  const next = lines.find((line) => line.startMs > atMs + LEAST_MS);
  const line = named({ startMs: atMs, endMs: Math.min(atMs + NEW_MS, next?.startMs ?? Infinity), text: "", speaker: "" });
  return { lines: inOrder([...lines, line]), id: line.id };
}

/**
 * Divide a line in two: its words at `caret` (at the space nearest to the middle where that is at an end), its time at `atMs` (in
 * proportion to the words where that lies outside). Null where there is nothing to divide.
 */
export function split(lines: Lines, id: number, caret: number, atMs: number): { lines: Line[]; id: number } | null {
  const line = lines.find((each) => each.id === id);
  if (!line || line.endMs - line.startMs < 2 * LEAST_MS) return null;
  const at = inside(line.text, caret) ? caret : middle(line.text);
  const [before, after] = [line.text.slice(0, at).trim(), line.text.slice(at).trim()];
  if (!before || !after) return null;
  const share = line.startMs + Math.round(((line.endMs - line.startMs) * before.length) / (before.length + after.length));
  const asked = atMs > line.startMs && atMs < line.endMs ? atMs : share;
  const cutMs = Math.min(Math.max(asked, line.startMs + LEAST_MS), line.endMs - LEAST_MS);
  const second = named({ ...line, startMs: cutMs, text: after });
  const first = { ...line, endMs: cutMs, text: before };
  return { lines: inOrder([...lines.filter((each) => each.id !== id), first, second]), id: second.id };
}

const inside = (text: string, caret: number) => text.slice(0, caret).trim() !== "" && text.slice(caret).trim() !== "";

function middle(text: string): number {
  const spaces = [...text.matchAll(/\s/g)].map((found) => found.index);
  return spaces.sort((a, b) => Math.abs(a - text.length / 2) - Math.abs(b - text.length / 2))[0] ?? 0;
}

/** One line of this and the next one. Where another speaks, that name is written before their words. Null for the last line. */
export function join(lines: Lines, id: number): Line[] | null {
  const at = lines.findIndex((line) => line.id === id);
  const [first, second] = [lines[at], lines[at + 1]];
  if (!first || !second) return null;
  const other = second.speaker && second.speaker !== first.speaker;
  const words = other && first.speaker ? `${second.speaker}: ${second.text}` : second.text;
  const joined: Line = {
    ...first,
    endMs: Math.max(first.endMs, second.endMs),
    text: [first.text, words].filter((part) => part.trim()).join("\n"),
    speaker: first.speaker || second.speaker,
  };
  return inOrder([...lines.slice(0, at), joined, ...lines.slice(at + 2)]);
}

/** All lines later by `byMs` (earlier where it is negative). Null where one would begin before the recording does. */
export function shift(lines: Lines, byMs: number): Line[] | null {
  if (lines.some((line) => line.startMs + byMs < 0)) return null;
  return lines.map((line) => ({ ...line, startMs: line.startMs + byMs, endMs: line.endMs + byMs }));
}

export const isTimed = (line: Cue): boolean => line.startMs >= 0 && line.endMs > line.startMs;

/** Every state that the lines had, up to a limit. Edits with the same `key` in a row (letters of one text) are undone together. */
export class Past {
  private before: Lines[] = [];
  private after: Lines[] = [];
  private key = "";

  constructor(private current: Lines) {}

  get lines(): Lines {
    return this.current;
  }

  get canUndo(): boolean {
    return this.before.length > 0;
  }

  get canRedo(): boolean {
    return this.after.length > 0;
  }

  set(lines: Lines, key = ""): void {
    if (!key || key !== this.key) this.before.push(this.current);
    if (this.before.length > 200) this.before.shift();
    [this.current, this.after, this.key] = [lines, [], key];
  }

  undo(): void {
    const earlier = this.before.pop();
    if (!earlier) return;
    this.after.push(this.current);
    [this.current, this.key] = [earlier, ""];
  }

  redo(): void {
    const later = this.after.pop();
    if (!later) return;
    this.before.push(this.current);
    [this.current, this.key] = [later, ""];
  }
}
