// In place of the picture while the session is not running: what is the matter, and for the chair the way on.
import { useCan, useSnapshot } from "../../live/context";
import { clockTime, dateTime } from "../../live/format";
import { SessionControls } from "../../live/views/Control";
import { say } from "../text";

export function Slate() {
  const { program, session } = useSnapshot();
  const runs = useCan()("session.run");
  const { state } = program;
  if (state !== "scheduled" && state !== "open" && state !== "break") return null;
  const time = state === "scheduled" ? dateTime(session.planned_start_ms) : clockTime(session.planned_start_ms);
  return (
    <div class="slate" data-testid="slate">
      <p class="slate-conference">{session.conference}</p>
      <h2 class="slate-title">{say(`slate.${state}`)}</h2>
      <p class="slate-text">{say(`slate.${state}_text`, { time })}</p>
      {runs && <SessionControls large />}
    </div>
  );
}
