/** The two requests of an attempt, and what their answers mean. */
import type { Answers, Reply, Saved } from "./saver";

const TIMEOUT_MS = 10_000;

interface Sent {
  ok: boolean;
  status: number;
  body: unknown;
  code: string;
}

/** The token of now: signing in again (in another tab) changes it, and the cookie has the new one. */
function token(fromPage: string): string {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? fromPage;
}

/** POST JSON; null where no answer came (or none that is ours). */
async function post(url: string, csrf: string, message: unknown): Promise<Sent | null> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token(csrf) },
      body: JSON.stringify(message),
      credentials: "same-origin",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
    const body: unknown = isJson ? await response.json() : null;
    const code = (body as { error?: { code?: string } } | null)?.error?.code ?? "";
    return { ok: response.ok, status: response.status, body, code };
  } catch {
    return null;
  }
}

function trouble(sent: Sent | null): Reply & { ok: false } {
  if (sent === null || sent.status >= 500 || sent.status === 429) return { ok: false, why: "offline" };
  if (sent.code === "attempt.stale") return { ok: false, why: "stale" };
  if (sent.code === "attempt.closed" || sent.code === "attempt.key_reused") return { ok: false, why: "closed" };
  if (sent.status === 401 || sent.status === 403) return { ok: false, why: "signed_out" };
  return { ok: false, why: "refused" };
}

export async function save(url: string, csrf: string, seq: number, answers: Answers): Promise<Reply> {
  const sent = await post(url, csrf, { seq, answers });
  return sent?.ok ? { ok: true, saved: sent.body as Saved } : trouble(sent);
}

/** Hand in; the address of the result, or why not. */
export async function submit(
  url: string,
  csrf: string,
  key: string,
  seq: number,
  answers: Answers,
): Promise<{ ok: true; url: string } | (Reply & { ok: false })> {
  const sent = await post(url, csrf, { key, seq, answers });
  return sent?.ok ? { ok: true, url: (sent.body as { url: string }).url } : trouble(sent);
}
