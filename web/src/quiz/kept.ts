/** Answers that the server does not have yet, kept on this device per attempt: a closed tab or an empty battery loses nothing. */
import type { Answers } from "./saver";

const PREFIX = "attempt:";

/** What is kept, and the step that the page had seen then. */
export interface Kept {
  seq: number;
  answers: Answers;
}

export function keep(attempt: string, seq: number, answers: Answers): void {
  try {
    if (Object.keys(answers).length) localStorage.setItem(PREFIX + attempt, JSON.stringify({ seq, answers }));
    else localStorage.removeItem(PREFIX + attempt);
  } catch {
    // Private browsing may refuse storage; the answers are still in the page.
  }
}

export function kept(attempt: string): Kept {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + attempt) ?? "null") as Kept | null;
    return found && typeof found.answers === "object" ? found : { seq: -1, answers: {} };
  } catch {
    return { seq: -1, answers: {} };
  }
}
