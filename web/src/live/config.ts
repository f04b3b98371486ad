// What the page was given by its template, and the language it speaks.
export type Language = "vi" | "en";

/** Written by conference/views/live.py. */
export interface LiveConfig {
  session: string;
  wsUrl: string;
  language: string;
  title: string;
  conference: string;
  homeUrl: string;
  /** The session's own page. */
  sessionUrl: string;
  roomUrl: string;
  /** The console of this session, for those who operate it. */
  consoleUrl: string | null;
  /** Where the session is watched as it is recorded, for those whose network lets no live media through. */
  watchUrl: string | null;
  /** Where one signs in and comes back here. */
  signInUrl: string;
}

/** The value of the json_script element `id`. Throws where the template forgot it: nothing works without. */
export function readConfig(id: string): LiveConfig {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error(`The page has no #${id}`);
  return JSON.parse(text) as LiveConfig;
}

export function language(): Language {
  const lang = typeof document === "undefined" ? "vi" : document.documentElement.lang;
  return lang.startsWith("en") ? "en" : "vi";
}

/** A WebSocket address from what the template gave: a path, or an http(s) or ws(s) address. */
export function socketUrl(given: string, base: string): string {
  const url = new URL(given, base);
  url.protocol = url.protocol.replace(/^http/, "ws");
  return url.href;
}
