import { describe, expect, it } from "vitest";
import { Saver, type Answers, type Reply, type SaveState } from "./saver";

function rig(replies: Reply[]) {
  const sent: { seq: number; answers: Answers }[] = [];
  const states: SaveState[] = [];
  let kept: Answers = {};
  const saver = new Saver(4, {
    send: async (seq, answers) => {
      sent.push({ seq, answers });
      return replies.shift() ?? { ok: true, saved: { seq: seq + 1, saved_ms: 0, deadline_ms: null } };
    },
    tell: (state) => states.push(state),
    wait: async () => undefined,
    keep: (answers) => (kept = { ...answers }),
    random: () => 0,
  });
  return { saver, sent, states, kept: () => kept };
}

describe("Saver", () => {
  it("saves a change on the step that the page has seen", async () => {
    const { saver, sent, states, kept } = rig([]);
    saver.change("3", ["1"]);
    await saver.settled();
    expect(sent).toEqual([{ seq: 4, answers: { "3": ["1"] } }]);
    expect(saver.seq).toBe(5);
    expect(states).toEqual(["saving", "saved"]);
    expect(kept()).toEqual({});
  });

  it("sends what changed meanwhile with the next request, on the new step", async () => {
    const { saver, sent } = rig([]);
    saver.change("1", ["0"]);
    saver.change("2", ["a"]);
    saver.change("2", ["b"]);
    await saver.settled();
    expect(sent).toEqual([
      { seq: 4, answers: { "1": ["0"] } },
      { seq: 5, answers: { "2": ["b"] } },
    ]);
  });

  it("tries again by itself when the network is away, and loses nothing", async () => {
    const { saver, sent, states } = rig([{ ok: false, why: "offline" }, { ok: false, why: "offline" }]);
    saver.change("1", ["0"]);
    await saver.settled();
    expect(sent.map((s) => s.answers)).toEqual([{ "1": ["0"] }, { "1": ["0"] }, { "1": ["0"] }]);
    expect(states).toEqual(["saving", "offline", "saving", "offline", "saving", "saved"]);
  });

  it.each(["stale", "closed", "signed_out", "refused"] as const)("stops and keeps the answers on %s", async (why) => {
    const { saver, sent, kept } = rig([{ ok: false, why }]);
    saver.change("1", ["0"]);
    await saver.settled();
    saver.change("2", ["1"]);
    await saver.settled();
    expect(sent).toHaveLength(1);
    expect(kept()).toEqual({ "1": ["0"], "2": ["1"] });
    saver.retry();
    await saver.settled();
    expect(sent[1]?.answers).toEqual({ "1": ["0"], "2": ["1"] });
  });
});
