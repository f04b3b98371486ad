/** Which captions are wanted on this device: the language, or none. */

const KEY = "diemcau.captions";

/** The language that was shown last; null where captions are off, or were never asked for. */
export function wantedLanguage(): string | null {
  try {
    return localStorage.getItem(KEY) || null;
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function keepWanted(language: string | null): void {
  try {
    localStorage.setItem(KEY, language ?? "");
  } catch {
    // then it is asked for again next time
  }
}
