// Who this tab is: a random id that survives a reload, and that no other tab has.

const KEY = "diemcau.page";
const JOINED = "diemcau.joined.";

function fresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("");
}

/** Holds a lock of that name for the life of the page; false where another tab keeps it longer than `waitMs`. */
function hold(name: string, waitMs: number): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(waitMs) }, () => {
        resolve(true);
        return new Promise<never>(() => undefined);
      })
      .catch(() => resolve(false));
  });
}

/**
 * The tab's page id. A browser copies sessionStorage when a tab is duplicated: the lock tells the copy from the
 * original, and the copy gets an id of its own. A reload waits a moment for the lock of the page that it replaces.
 */
export async function pageId(): Promise<string> {
  const known = sessionStorage.getItem(KEY);
  if (known && (await hold(KEY + known, 1500))) return known;
  const id = fresh();
  await hold(KEY + id, 1500);
  sessionStorage.setItem(KEY, id);
  return id;
}

/** What a tab had switched on when it was last inside a session. */
export interface Inside {
  microphone: boolean;
  camera: boolean;
}

/**
 * Where this tab was in the session before it was loaded again: then it goes straight back into its seat. Else
 * null.
 */
export function wasInside(session: string): Inside | null {
  const stored = sessionStorage.getItem(JOINED + session);
  return stored === null ? null : { microphone: stored.includes("m"), camera: stored.includes("c") };
}

export function rememberInside(session: string, inside: Inside | null): void {
  if (inside) sessionStorage.setItem(JOINED + session, `+${inside.microphone ? "m" : ""}${inside.camera ? "c" : ""}`);
  else sessionStorage.removeItem(JOINED + session);
}
