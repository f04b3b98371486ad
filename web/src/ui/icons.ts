import spriteUrl from "./icons.gen.svg?url";
import type { IconName } from "./icon-names";

/** Where an icon is: one symbol of the sprite. */
export function iconHref(name: IconName): string {
  return `${spriteUrl}#${name}`;
}

export type { IconName };
