import { describe, expect, it } from "vitest";
import { Beats, type Beat, type Reply } from "./beats";

type Answer = Reply<{ progress: number }>;

function rig(answers: Answer[] = []) {
  const sent: Beat[][] = [];
  const troubles: (string | null)[] = [];
  let now = 0;
  let leases = 0;
  let renewals = 0;
  const beats = new Beats<number>({
    lease: async () => ({ ok: true, body: { lease: `lease${++leases}`, progress: 0 } }),
    send: async (_lease, _audio, batch) => {
      sent.push(batch);
      return answers.shift() ?? { ok: true, body: { progress: 1 } };
    },
    progress: () => undefined,
    trouble: (why) => troubles.push(why),
    renewed: () => renewals++,
    nowMs: () => (now += 5000),
  });
  return { beats, sent, troubles, leases: () => leases, renewals: () => renewals };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

describe("Beats", () => {
  it("says nothing before it has a lease, and asks for one only once", async () => {
    const { beats, sent, leases } = rig();
    beats.beat("playing", 0, 1);
    await Promise.all([beats.begin(), beats.begin()]);
    await beats.begin();
    beats.beat("playing", 1000.4, 1);
    await settle();
    expect(leases()).toBe(1);
    expect(sent).toEqual([[{ seq: 1, mono_ms: 5000, position_ms: 1000, rate: 1, state: "playing" }]]);
  });

  it("keeps beats while the network is away and sends them all, in order, later", async () => {
    const { beats, sent, troubles } = rig([
      { ok: false, why: "offline" },
      { ok: false, why: "offline" },
    ]);
    await beats.begin();
    for (const position of [0, 5000]) {
      beats.beat("playing", position, 1);
      await settle();
    }
    beats.beat("paused", 9000, 1);
    await settle();
    expect(sent.map((batch) => batch.map((beat) => beat.seq))).toEqual([[1], [1, 2], [1, 2, 3]]);
    expect(troubles).toEqual([null, "offline", "offline", null]);
  });

  it("gives up its lease when another window took it, and takes a new one on the next start", async () => {
    const { beats, sent, troubles, leases } = rig([{ ok: false, why: "superseded" }]);
    await beats.begin();
    beats.beat("playing", 0, 1);
    await settle();
    beats.beat("playing", 5000, 1);
    await settle();
    expect(sent).toHaveLength(1);
    expect(troubles.at(-1)).toBe("superseded");
    await beats.begin();
    beats.beat("playing", 5000, 1);
    await settle();
    expect(leases()).toBe(2);
    expect(sent[1]?.[0]?.seq).toBe(1);
  });

  it("takes the counting back from another window when Play was pressed here", async () => {
    const { beats, sent, troubles, leases, renewals } = rig([{ ok: true, body: { progress: 1 } }, { ok: false, why: "superseded" }]);
    await beats.begin();
    beats.beat("playing", 0, 1);
    await settle();
    beats.claim();
    beats.beat("playing", 5000, 1);
    await settle();
    expect([leases(), renewals()]).toEqual([2, 1]);
    expect(troubles).not.toContain("superseded");
    beats.beat("playing", 5000, 1);
    await settle();
    expect(sent.at(-1)?.[0]?.seq).toBe(1);
  });

  it("does not repeat a state that has not changed, but goes on beating while it plays", async () => {
    const { beats, sent } = rig();
    await beats.begin();
    for (const state of ["playing", "playing", "paused", "paused", "seeked", "seeked", "ended"] as const) beats.beat(state, 0, 1);
    await settle();
    expect(sent.flat().map((beat) => beat.state)).toEqual(["playing", "playing", "paused", "seeked", "seeked", "ended"]);
  });
});
