// Writes src/wire.gen.ts from conference/protocol.py; with --check only compares, and fails on drift.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(web);
const target = join(web, "src", "wire.gen.ts");
const ownPython = join(root, ".venv", "bin", "python");
const python = process.env.DIEMCAU_PYTHON ?? (existsSync(ownPython) ? ownPython : "python3");

const schema = JSON.parse(execFileSync(python, ["-m", "conference.schema"], { cwd: root, encoding: "utf8" }));
const text = await compile(schema, "Wire", {
  additionalProperties: false,
  bannerComment: "// Generated from conference/protocol.py by `node scripts/wire.mjs`; do not edit.",
  style: { printWidth: 120 },
});

if (process.argv.includes("--check")) {
  if (!existsSync(target) || readFileSync(target, "utf8") !== text) {
    console.error("web/src/wire.gen.ts is not what conference/protocol.py says: run `node web/scripts/wire.mjs`.");
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
