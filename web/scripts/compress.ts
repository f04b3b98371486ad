/** A gzip beside every text file of the build: the server sends it as it is, and a district on a thin link waits a quarter as long. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const WORTH_BYTES = 1024;

export function compressed(): Plugin {
  return {
    name: "diemcau-compressed",
    apply: "build",
    writeBundle({ dir }) {
      const folder = join(dir ?? "dist", "assets");
      for (const name of readdirSync(folder).filter((file) => /\.(js|css|svg)$/.test(file))) {
        const file = join(folder, name);
        if (existsSync(`${file}.gz`)) continue; // the name carries the content's hash
        const content = readFileSync(file);
        if (content.length >= WORTH_BYTES) writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
