/** Text without diacritics, as `people.names.folded` makes it: "Nghị quyết" → "nghi quyet". Here each letter knows where it came from. */

export interface Folded {
  text: string;
  /** For each code unit of `text` where in the original it began; one more for its end. */
  at: number[];
}

export function fold(original: string): Folded {
  let text = "";
  const at: number[] = [];
  let index = 0;
  for (const char of original) {
    const plain = /\s/.test(char) ? (text && !text.endsWith(" ") ? " " : "") : folded(char);
    for (let unit = 0; unit < plain.length; unit++) at.push(index);
    text += plain;
    index += char.length;
  }
  at.push(original.length);
  return text.endsWith(" ") ? { text: text.slice(0, -1), at } : { text, at };
}

const folded = (char: string): string => char.toLowerCase().replace("đ", "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");

/** Where in `original` what is `sought` (its folded text) stands: pairs of from and to. A match ends with its last letter's marks. */
export function places(original: Folded, sought: string): [number, number][] {
  const found: [number, number][] = [];
  if (!sought) return found;
  for (let from = original.text.indexOf(sought); from >= 0; from = original.text.indexOf(sought, from + sought.length)) {
    const end = from + sought.length;
    found.push([original.at[from] ?? 0, original.at[end] ?? 0]);
  }
  return found;
}
