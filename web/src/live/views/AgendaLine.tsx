// What runs now, how long it still has, what comes next. In a break the slate names it.
import { Chip } from "../../ui/Chip";
import { Progress } from "../../ui/Meter";
import { running } from "../agenda";
import { useServerNow, useSnapshot } from "../context";
import { clockTime, durationInWords } from "../format";
import { say } from "../text";

export function AgendaLine() {
  const snapshot = useSnapshot();
  const now = running(snapshot, useServerNow());
  if (!now) return null;
  const { item, next, startMs, endMs, leftMs, passed } = now;
  return (
    <div class="agenda-line" data-testid="agenda-line">
      <span class="agenda-times">
        <Chip tone="gold">
          {clockTime(startMs)} – {clockTime(endMs)}
        </Chip>
      </span>
      {!(snapshot.program.state === "break" && item.kind === "break") && (
        <strong class="agenda-title">{item.title}</strong>
      )}
      <span class={leftMs < 0 ? "bad-text nowrap" : "muted nowrap"}>
        {say(leftMs < 0 ? "agenda.over" : "agenda.left", { time: durationInWords(Math.abs(leftMs)) })}
      </span>
      <span class="agenda-bar">
        <Progress value={passed} label={say("agenda.progress")} tone="gold" />
      </span>
      {next && <span class="agenda-next muted">{say("agenda.next", { title: next.title })}</span>}
    </div>
  );
}
