/** Work that is not saved yet, kept on this device, so that a page that goes away takes nothing along. */
import type { Row } from "./cues";

export interface Draft {
  /** The version on which it was begun. */
  version: number;
  cues: Row[];
}

const key = (track: string) => `diemcau.captions.${track}`;

export function readDraft(track: string): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key(track)) ?? "null") as Draft | null;
    return kept && Array.isArray(kept.cues) && typeof kept.version === "number" ? kept : null;
  } catch {
    return null;
  }
}

export function keepDraft(track: string, draft: Draft): void {
  try {
    localStorage.setItem(key(track), JSON.stringify(draft));
  } catch {
    // full, or nothing is kept here: leaving the page asks anyway
  }
}

export function dropDraft(track: string): void {
  try {
    localStorage.removeItem(key(track));
  } catch {
    // nothing was kept
  }
}
