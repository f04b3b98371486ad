import { describe, expect, it } from "vitest";
import type { RecordingView } from "../wire.gen";
import { endingOf } from "./ending";
import { aProgram, aSnapshot } from "./samples";

const BEGAN = Date.UTC(2026, 10, 22, 1, 2);
const ENDED = Date.UTC(2026, 10, 22, 4, 17);
const recorded = (state: RecordingView["state"], replay_url: string | null = null) =>
  endingOf(aSnapshot({ recording: { state, code: null, replay_url, free_bytes: null } }));

describe("endingOf", () => {
  it("tells when the session was held", () => {
    const program = aProgram({ state: "ended", started_ms: BEGAN, ended_ms: ENDED });
    expect(endingOf(aSnapshot({ program })).held).toBe("22/11/2026, 08:02–11:17");
  });

  it("does not call held what never began", () => {
    const program = aProgram({ state: "ended", started_ms: null, ended_ms: ENDED });
    expect(endingOf(aSnapshot({ program })).held).toBeNull();
  });

  it("leads to the replay as soon as it plays", () => {
    expect(recorded("finishing")).toMatchObject({ completing: true, replayUrl: null });
    expect(recorded("ready", "/xem-lai/s/")).toMatchObject({ completing: false, replayUrl: "/xem-lai/s/" });
    expect(recorded("trouble")).toMatchObject({ completing: false, replayUrl: null });
    expect(recorded("off")).toMatchObject({ completing: false, replayUrl: null });
  });
});
