import { describe, expect, it } from "vitest";
import type { Reply } from "./beats";
import { Links, type Media } from "./links";

const media = (token: string): Media => ({
  state: "done",
  master: `/phat/${token}/master.m3u8`,
  audio: null,
  poster: null,
  thumbnails: null,
  smaller: 0,
  lasts_s: 900,
});

function rig(...answers: Reply<Media>[]) {
  const clock = { ms: 0 };
  const asked: number[] = [];
  const told: string[] = [];
  const ask = async (): Promise<Reply<Media>> => {
    asked.push(clock.ms);
    return answers.shift() ?? { ok: true, body: media(`t${asked.length}`) };
  };
  const links = new Links(media("t0"), ask, ({ master }) => told.push(master), () => clock.ms);
  return { links, clock, asked, told };
}

describe("Links", () => {
  it("puts what is loaded under the newest address, whatever it was under", async () => {
    const { links } = rig();
    expect(links.at("https://x/phat/old:1:sig/hls/seg-00001.m4s")).toBe("https://x/phat/t0/hls/seg-00001.m4s");
    await links.renew();
    expect(links.at("/phat/t0/hls/index.m3u8")).toBe("/phat/t1/hls/index.m3u8");
    expect(links.at("/elsewhere")).toBe("/elsewhere");
  });

  it("asks for new ones when two thirds of the time have passed, and only once at a time", async () => {
    const { links, clock, asked, told } = rig();
    clock.ms = 599_000;
    await links.fresh();
    expect(asked).toEqual([]);
    clock.ms = 601_000;
    await Promise.all([links.fresh(), links.fresh()]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toHaveLength(1);
    expect(told).toEqual(["/phat/t1/master.m3u8"]);
  });

  it("waits for new ones where the old ones are over, as after sleep", async () => {
    const { links, clock } = rig();
    clock.ms = 3_600_000;
    await links.fresh();
    expect(links.at("/phat/t0/x")).toBe("/phat/t1/x");
  });

  it("keeps what it has without a network, and asks again", async () => {
    const { links, clock, asked, told } = rig({ ok: false, why: "offline" });
    clock.ms = 1_000_000;
    await links.fresh();
    expect([links.at("/phat/t0/x"), links.ended, told]).toEqual(["/phat/t0/x", false, []]);
    await links.fresh();
    expect(asked).toHaveLength(2);
    expect(links.at("/phat/t0/x")).toBe("/phat/t2/x");
  });

  it("asks anew where the server refused one, until one is signed out", async () => {
    const { links, asked } = rig({ ok: true, body: media("t1") }, { ok: false, why: "signed_out" });
    expect(links.refused()).toBe(true);
    await links.fresh();
    links.refused();
    await links.fresh();
    expect(links.refused()).toBe(false);
    await links.fresh();
    expect(asked).toHaveLength(2);
  });
});
