import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { compressed } from "./scripts/compress";
import { iconSprite } from "./scripts/sprite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/static/web/",
  plugins: [iconSprite(here("src/ui/icons.gen.svg")), compressed()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "dist",
    emptyOutDir: false, // names carry a hash: pages and servers of the last build keep their files while a new one lands
    manifest: "manifest.json",
    // Meeting-room computers on Windows 7 stopped at Chrome 109.
    target: ["chrome109", "firefox115", "safari15.4"],
    cssTarget: ["chrome109", "firefox115", "safari15.4"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        ui: here("src/ui/ui.css"),
        site: here("src/site/main.ts"),
        room: here("src/room/main.tsx"),
        console: here("src/console/main.tsx"),
        player: here("src/player/main.ts"),
        captions: here("src/captions/main.ts"),
        clips: here("src/player/clips.ts"),
        quiz: here("src/quiz/main.ts"),
        upload: here("src/upload/main.ts"),
      },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts", "src/**/*.test.tsx"], passWithNoTests: true },
});
