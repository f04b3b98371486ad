/** The requests of the editor, and what their answers mean. */
import type { Row } from "./cues";

const TIMEOUT_MS = 20_000;

export type Saved =
  | { ok: true; version: number }
  | { ok: false; why: "offline" | "changed" | "signed_out" | "refused"; text: string };

/** The token of now: signing in again in another tab changes it, and the cookie has the new one. */
function token(): string {
  const headers = document.body.getAttribute("hx-headers");
  const ofPage = headers ? ((JSON.parse(headers) as Record<string, string>)["X-CSRFToken"] ?? "") : "";
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? ofPage;
}

export async function save(url: string, seen: number, cues: Row[]): Promise<Saved> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ seen, cues }),
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return { ok: true, version: ((await response.json()) as { version: number }).version };
    if (response.status >= 500 || response.status === 429) return { ok: false, why: "offline", text: "" };
    if (response.status === 401 || response.status === 403) return { ok: false, why: "signed_out", text: "" };
    const { error } = (await response.json()) as { error: { code: string; text: string } };
    return { ok: false, why: error.code === "captions.changed" ? "changed" : "refused", text: error.text };
  } catch {
    return { ok: false, why: "offline", text: "" };
  }
}

export interface Newest {
  version: number;
  by: string;
  at: string;
}

/** JSON of one of our addresses; null where none came. */
export async function ask<T>(url: string): Promise<T | null> {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null;
  }
}
