import { bytesText, filled, text } from "./words";

/** A file that has begun to come, as the server knows it. */
export interface Known {
  url: string;
  name: string;
  size: number;
  modified_ms: number;
}

export interface Config {
  create: string;
  known: Known | null;
  max_bytes: number;
  kinds: string[];
  csrf: string;
}

interface Chosen {
  name: string;
  size: number;
  lastModified: number;
}

/** Why this file is not sent; empty where it is. What it holds, the server looks at. */
export function refusal(file: Chosen, config: Config): string {
  const kind = file.name.includes(".") ? (file.name.split(".").at(-1) ?? "").toLowerCase() : "";
  if (config.known && !isSame(file, config.known)) return filled(text.otherFile, { name: config.known.name });
  if (!config.kinds.includes(kind)) return filled(text.wrongKind, { kinds: config.kinds.map((each) => `.${each}`).join(", ") });
  if (file.size === 0) return filled(text.empty, { name: file.name });
  return file.size > config.max_bytes ? filled(text.tooLarge, { size: bytesText(config.max_bytes) }) : "";
}

/** The same file again: name, length and the moment of its last change; a copy of it keeps all three. */
export function isSame(file: Chosen, known: Known): boolean {
  return file.size === known.size && file.name.slice(-250) === known.name && file.lastModified === known.modified_ms;
}
