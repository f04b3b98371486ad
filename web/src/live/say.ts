// Texts of a surface: `say("key", {name})` in the page's language.
import { type Language, language } from "./config";

export type Words = Record<string, string>;
export type Say<T extends Words> = (key: keyof T, fields?: Record<string, string | number>) => string;

/** Fills `{name}` in a text from `fields`; a name without a field stays as it is. */
export function fill(text: string, fields: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in fields ? String(fields[name]) : whole));
}

export function speaker<T extends Words>(texts: Record<Language, T>): Say<T> {
  return (key, fields) => fill(texts[language()][key] as string, fields);
}
