import { describe, expect, it } from "vitest";
import { frameAt, frameMs, parseMs, written, tilesAt } from "./cut";

describe("moments", () => {
  it("reads what people write, and writes it back", () => {
    expect(parseMs("0:04:09.280")).toBe(249_280);
    expect(parseMs("4:09,28")).toBe(249_280);
    expect(parseMs("75.5")).toBe(75_500);
    for (const wrong of ["", "1:60", "0:61:00", "-1", "1:2:3:4"]) expect(parseMs(wrong)).toBeNull();
    expect(written(3_849_280)).toBe("1:04:09.280");
  });

  it("finds a frame again by its rounded moment", () => {
    for (const fps of [12, 24, 25, 30, 50, 60]) {
      for (let frame = 0; frame < 500; frame++) expect(frameAt(frameMs(frame, fps), fps)).toBe(frame);
    }
  });
});

describe("preview", () => {
  it("takes the last moment at or before", () => {
    const tiles = (n: number) => ({ "1x1": [[[n, 0, 2, 2], [0, 0, 2, 2]]] }) as never;
    const moments = [0, 1000, 5000].map((at_ms, n) => ({ at_ms, tiles: tiles(n) }));
    expect(tilesAt(moments, "1x1", 999)[0]?.[0][0]).toBe(0);
    expect(tilesAt(moments, "1x1", 1000)[0]?.[0][0]).toBe(1);
    expect(tilesAt(moments, "1x1", 9999)[0]?.[0][0]).toBe(2);
  });
});
