// Running the session: open, start, break, resume, end; and the agenda, item by item.
import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import type { IconName } from "../../ui/icons";
import { useAct, useCan, useSnapshot } from "../context";
import { clockTime } from "../format";
import { say } from "../text";
import { Confirm } from "./Confirm";
import type { AgendaItemView, SessionTo } from "../../wire.gen";

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
  const { agenda, program } = useSnapshot();
  const runs = useCan()("agenda.run");
  if (agenda.length === 0) return <p class="muted small">{say("agenda.none")}</p>;
  return (
    <ol class="agenda-list">
      {agenda.map((item) => (
        <AgendaRow
          key={item.id}
          item={item}
          running={item.id === program.agenda_item}
          startable={runs && program.state !== "scheduled"}
        />
      ))}
    </ol>
  );
}

function AgendaRow({ item, running, startable }: { item: AgendaItemView; running: boolean; startable: boolean }) {
  const act = useAct();
  return (
    <li class={running ? "agenda-row is-running" : "agenda-row"} aria-current={running ? "step" : undefined}>
      <span class="muted small nowrap">{clockTime(item.planned_start_ms)}</span>
      <span class="grow">{item.title}</span>
      {running && <Chip tone="gold">{say("agenda.running")}</Chip>}
      {startable && !running && (
        <Button
          size="small"
          aria-label={say("agenda.start_item", { title: item.title })}
          onClick={() => void act({ type: "agenda.start", item: item.id })}
        >
          {say("agenda.start")}
        </Button>
      )}
    </li>
  );
}

/** Both, as a panel; without `steps` the agenda alone. */
export function Control({ steps = true }: { steps?: boolean }) {
  const can = useCan();
  return (
    <div class="control" data-testid="control">
      {steps && can("session.run") && <SessionControls />}
      <h3>{say("agenda.title")}</h3>
      <AgendaList />
    </div>
  );
}
