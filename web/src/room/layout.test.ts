import { describe, expect, it } from "vitest";
import { arrange, readLayout } from "./layout";

describe("arrange", () => {
  it("lets the speaker stand alone without content, whatever was chosen", () => {
    expect((["auto", "content", "speaker", "equal"] as const).map((each) => arrange(each, false))).toEqual(
      Array(4).fill("alone"),
    );
  });

  it("follows the choice, and makes content large by itself", () => {
    expect((["auto", "content", "speaker", "equal"] as const).map((each) => arrange(each, true))).toEqual([
      "content",
      "content",
      "speaker",
      "equal",
    ]);
  });
});

describe("readLayout", () => {
  const storage = (text: string | null) => ({ getItem: () => text });

  it("starts a site without the side column and everybody else with it", () => {
    expect(readLayout(true, storage(null))).toEqual({ preference: "auto", side: false });
    expect(readLayout(false, storage(null))).toEqual({ preference: "auto", side: true });
  });

  it("keeps what was chosen and leaves out what it does not know", () => {
    expect(readLayout(true, storage('{"preference":"equal","side":true}'))).toEqual({
      preference: "equal",
      side: true,
    });
    expect(readLayout(false, storage('{"preference":"odd","side":3}'))).toEqual({ preference: "auto", side: true });
    expect(readLayout(false, storage("{"))).toEqual({ preference: "auto", side: true });
  });
});
