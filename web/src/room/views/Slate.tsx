// While the session is not running: what is the matter, and for the chair the way on. It stands in place of the
// picture; in an open room where somebody is on the picture already (cameras are being checked) it is a line above.
import { useCan, useSnapshot } from "../../live/context";
import { clockTime, dateTime } from "../../live/format";
import { seatOf } from "../../live/roll";
import { SessionControls } from "../../live/views/Control";
import { say } from "../text";

/** Whether the slate stands in this state of the session. */
export function isSlated(state: string): state is "scheduled" | "open" | "break" {
  return state === "scheduled" || state === "open" || state === "break";
}

export function Slate() {
  const snapshot = useSnapshot();
  const { program, session } = snapshot;
  const runs = useCan()("session.run");
  const { state } = program;
  if (!isSlated(state)) return null;
  const time = state === "scheduled" ? dateTime(session.planned_start_ms) : clockTime(session.planned_start_ms);
  const checking = state === "open" && seatOf(snapshot, program.speaker)?.online;
  return (
    <div class={checking ? "slate is-line" : "slate"} data-testid="slate">
      <p class="slate-conference">{session.conference}</p>
      <h2 class="slate-title">{say(`slate.${state}`)}</h2>
      <p class="slate-text">{say(runs ? `slate.${state}_runs` : `slate.${state}_text`, { time })}</p>
      {runs && <SessionControls large={!checking} />}
    </div>
  );
}
