// Running the session: open, start, break, resume, end; and the agenda, item by item.
import { useState } from "preact/hooks";
import { Button, IconButton } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import type { IconName } from "../../ui/icons";
import { type Line, lines } from "../agenda";
import { useAct, useCan, useServerNow, useSnapshot } from "../context";
import { clockTime } from "../format";
import { say } from "../text";
import { Confirm } from "./Confirm";
import type { SessionTo } from "../../wire.gen";

type Target = SessionTo["state"];
interface Step {
  to: Target;
  label: "run.open" | "run.live" | "run.resume" | "run.break" | "run.ended";
  icon: IconName;
}

/** From each state where one can go, the usual way first. The server's machine is conference/domain/program.py. */
const STEPS: Record<string, Step[]> = {
  scheduled: [
    { to: "open", label: "run.open", icon: "log-in" },
    { to: "live", label: "run.live", icon: "play" },
  ],
  open: [
    { to: "live", label: "run.live", icon: "play" },
    { to: "ended", label: "run.ended", icon: "square" },
  ],
  live: [
    { to: "break", label: "run.break", icon: "pause" },
    { to: "ended", label: "run.ended", icon: "square" },
  ],
  break: [
    { to: "live", label: "run.resume", icon: "play" },
    { to: "ended", label: "run.ended", icon: "square" },
  ],
};

/** `large`: the way on stands out. */
export function SessionControls({ large = false }: { large?: boolean }) {
  const { program } = useSnapshot();
  const act = useAct();
  const [ending, setEnding] = useState(false);
  const steps = STEPS[program.state] ?? [];
  const go = (to: Target) => (to === "ended" ? setEnding(true) : void act({ type: "session.to", state: to }));
  return (
    <div class="run-steps">
      {steps.map(({ to, label, icon }, index) => (
        <Button
          key={to}
          size={large ? "large" : "usual"}
          look={to === "ended" ? "danger" : large && index === 0 ? "primary" : "plain"}
          icon={icon}
          onClick={() => go(to)}
        >
          {say(label)}
        </Button>
      ))}
      {ending && (
        <Confirm
          title={say("run.end_title")}
          text={say("run.end_text")}
          yes={say("run.end_yes")}
          no={say("run.end_no")}
          onYes={() => act({ type: "session.to", state: "ended" })}
          onClose={() => setEnding(false)}
        />
      )}
    </div>
  );
}

export function AgendaList() {
  const snapshot = useSnapshot();
  const runs = useCan()("agenda.run");
  const now = useServerNow();
  if (snapshot.agenda.length === 0) return <p class="muted small">{say("agenda.none")}</p>;
  const startable = runs && snapshot.program.state !== "scheduled";
  return (
    <ol class="agenda-list">
      {lines(snapshot, now).map((line) => (
        <AgendaRow key={line.item.id} line={line} startable={startable} />
      ))}
    </ol>
  );
}

function AgendaRow({ line, startable }: { line: Line; startable: boolean }) {
  const { item, state, startMs } = line;
  return (
    <li class={`agenda-row is-${state}`} aria-current={state === "running" ? "step" : undefined}>
      <span class="agenda-row-body">
        <span class="agenda-row-time">
          {startMs !== null && clockTime(startMs)}
          {state === "running" && <Chip tone="gold">{say("agenda.running")}</Chip>}
          {state === "done" && <Chip icon="check">{say("agenda.done")}</Chip>}
        </span>
        <span class="agenda-row-title">{item.title}</span>
      </span>
      {startable && state !== "running" && <Start line={line} />}
    </li>
  );
}

/** Words for the item whose turn it is; the others need their titles' room. */
function Start({ line: { item, state, first } }: { line: Line }) {
  const act = useAct();
  const label = say(state === "done" ? "agenda.reopen_item" : "agenda.start_item", { title: item.title });
  const start = () => void act({ type: "agenda.start", item: item.id });
  if (!first) {
    return <IconButton icon={state === "done" ? "rotate-ccw" : "play"} look="plain" small label={label} onClick={start} />;
  }
  return (
    <Button size="small" aria-label={label} onClick={start}>
      {say("agenda.start")}
    </Button>
  );
}

/** Both, as a panel; without `steps` the agenda alone. */
export function Control({ steps = true }: { steps?: boolean }) {
  const can = useCan();
  return (
    <div class="control" data-testid="control">
      {steps && can("session.run") && <SessionControls />}
      <h3>
        {say("agenda.title")} <span class="muted small">{say("agenda.expected")}</span>
      </h3>
      <AgendaList />
    </div>
  );
}
