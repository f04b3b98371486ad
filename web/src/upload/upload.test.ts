import { expect, test } from "vitest";
import { type Config, refusal } from "./choice";
import { isPassing } from "./sending";
import { Speed } from "./speed";
import { bytesText, leftText } from "./words";

const config: Config = { create: "/x/", known: null, max_bytes: 1000, kinds: ["mp4", "mp3"], csrf: "t" };
const file = { name: "họp.mp4", size: 900, lastModified: 7 };

test("a file of a known kind and size is sent", () => {
  expect(refusal(file, config)).toBe("");
  expect(refusal({ ...file, name: "HỌP.MP4" }, config)).toBe("");
  expect(refusal({ ...file, name: "họp.pptx" }, config)).toContain(".mp4, .mp3");
  expect(refusal({ ...file, name: "mp4" }, config)).not.toBe("");
  expect(refusal({ ...file, size: 1001 }, config)).toContain("1.000 B");
  expect(refusal({ ...file, size: 0 }, config)).toContain("Tệp họp.mp4 trống");
});

test("only the same file goes on", () => {
  const known = { url: "/u/", name: "họp.mp4", size: 900, modified_ms: 7 };
  expect(refusal(file, { ...config, known })).toBe("");
  for (const other of [{ size: 901 }, { lastModified: 8 }, { name: "khác.mp4" }]) {
    expect(refusal({ ...file, ...other }, { ...config, known })).toContain("họp.mp4");
  }
});

test("numbers and times are words", () => {
  expect(bytesText(1536)).toBe("1,5 KB");
  expect(bytesText(8 * 2 ** 30)).toBe("8,0 GB");
  expect(leftText(1000, 0)).toBe("");
  expect(leftText(1000, 100)).toContain("chưa đầy một phút");
  expect(leftText(60_000, 100)).toContain("10 phút");
  expect(leftText(7500 * 100, 100)).toContain("2 giờ 5 phút");
});

test("the speed is that of the last ten seconds, and begins anew after a pause", () => {
  const speed = new Speed();
  for (let second = 0; second <= 30; second += 1) speed.add(second * 1000, second < 20 ? second * 100 : 2000 + (second - 20) * 500);
  expect(speed.bytesPerS).toBeCloseTo(500, -1);
  speed.reset();
  expect(speed.bytesPerS).toBe(0);
});

test("what may pass is tried again, what a person must decide is not", () => {
  expect([0, 409, 423, 500, 502, 503].every(isPassing)).toBe(true);
  expect([400, 401, 403, 404, 410, 413, 422, 429, 507].some(isPassing)).toBe(false);
});
