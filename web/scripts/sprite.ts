/** The icon sprite: one SVG with a symbol for each name in src/ui/icon-names.ts, made from lucide-static before every build. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";
import { ICON_NAMES } from "../src/ui/icon-names";

const icons = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

/** The `<symbol>` of one icon; throws when lucide has no icon of that name. */
function symbol(name: string): string {
  const source = readFileSync(join(icons, `${name}.svg`), "utf8");
  const shapes = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(source)?.[1]?.replace(/\s+/g, " ").trim();
  if (!shapes) throw new Error(`icon ${name} has no shapes`);
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
}

/** Writes the sprite to `target` when it differs; modules import that file as an asset. */
export function iconSprite(target: string): Plugin {
  return {
    name: "diemcau-icon-sprite",
    buildStart() {
      const text = `<svg xmlns="http://www.w3.org/2000/svg">${ICON_NAMES.map(symbol).join("\n")}</svg>\n`;
      if (!existsSync(target) || readFileSync(target, "utf8") !== text) writeFileSync(target, text);
    },
  };
}
