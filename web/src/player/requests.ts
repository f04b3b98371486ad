/** The requests of the player. */
import type { Beat, Reply } from "./beats";
import type { Media } from "./links";
import type { Span } from "./spans";

const TIMEOUT_MS = 10_000;

/** How far the person is, as the server sees it. */
export interface Progress {
  watched: Span[];
  ratio: number;
  text: string;
  done: boolean;
}

function csrf(): string {
  const headers = document.body.getAttribute("hx-headers");
  return headers ? ((JSON.parse(headers) as Record<string, string>)["X-CSRFToken"] ?? "") : "";
}

async function ask<T>(url: string, init: RequestInit): Promise<Reply<T>> {
  try {
    const response = await fetch(url, { ...init, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return { ok: true, body: (await response.json()) as T };
    if (response.status >= 500 || response.status === 429) return { ok: false, why: "offline" };
    if (response.status === 409) return { ok: false, why: "superseded" };
    if (response.status === 401 || response.status === 403) return { ok: false, why: "signed_out" };
    return { ok: false, why: "refused" };
  } catch {
    return { ok: false, why: "offline" };
  }
}

const post = <T>(url: string, message: unknown): Promise<Reply<T>> =>
  ask<T>(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf() },
    body: JSON.stringify(message),
    keepalive: true, // the last beat leaves even when the page goes
  });

export const askLinks = (url: string) => ask<Media>(url, { headers: { Accept: "application/json" }, cache: "no-store" });

export const askLease = (url: string) => post<{ lease: string; progress: Progress }>(url, {});

export const sendBeats = (url: string, lease: string, audioOnly: boolean, beats: Beat[]) =>
  post<{ progress: Progress }>(url, { lease, audio_only: audioOnly, beats });
