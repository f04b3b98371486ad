import { describe, expect, it } from "vitest";
import type { LinkView, PictureLink } from "../wire.gen";
import { figures, figuresText } from "./figures";

const aLink = (...pictures: PictureLink[]): LinkView => ({
  type: "link",
  seat: "a",
  up: true,
  down: true,
  rtt_ms: 31.6,
  loss_up: null,
  loss_down: 0.05,
  up_bps: 0,
  down_bps: 640_000,
  sending: ["mic"],
  pictures,
});
const aPicture = (change: Partial<PictureLink>): PictureLink => ({
  slot: "speaker",
  layer: "",
  width: null,
  height: null,
  bps: 0,
  why: "waiting",
  ...change,
});

describe("a link's figures", () => {
  it("says of a picture what is sent and why just that", () => {
    const sent = aPicture({ layer: "h", width: 640, height: 360, bps: 480_000, why: "line" });
    const last = figures(aLink(sent)).at(-1);
    expect(last?.label).toBe("Hình người nói");
    expect(last?.value).toMatch(/^640×360 · hình cỡ một phần hai · .* · đường truyền không đủ cho cỡ lớn hơn$/);
  });

  it("says why a slot is empty", () => {
    const empty = figures(aLink(aPicture({ slot: "content", why: "codec" }))).at(-1);
    expect(empty?.value).toBe("trình duyệt không giải mã được kiểu nén này");
  });

  it("can be copied, a line for each", () => {
    const lines = figuresText("Huyện Hòn Đất, 08:20 22/11/2026", figures(aLink())).split("\n");
    expect(lines[0]).toBe("Huyện Hòn Đất, 08:20 22/11/2026");
    expect(lines[1]).toBe("Trễ hai chiều: 32 ms");
    expect(lines[2]).toBe("Mất gói chiều lên: –");
    expect(lines).toHaveLength(7);
  });
});
