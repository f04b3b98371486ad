// What runs now, how long it still has, what comes next.
import { Chip } from "../../ui/Chip";
import { Progress } from "../../ui/Meter";
import { running } from "../agenda";
import { useServerNow, useSnapshot } from "../context";
import { clockTime, duration } from "../format";
import { say } from "../text";

const MINUTE = 60_000;

export function AgendaLine() {
  const snapshot = useSnapshot();
  const now = running(snapshot, useServerNow());
  if (!now) return null;
  const { item, next, leftMs, passed } = now;
  const ends = item.planned_start_ms + item.planned_minutes * MINUTE;
  return (
    <div class="agenda-line" data-testid="agenda-line">
      <span class="agenda-times">
        <Chip tone="gold">
          {clockTime(item.planned_start_ms)} – {clockTime(ends)}
        </Chip>
      </span>
      <strong class="agenda-title">{item.title}</strong>
      <span class={leftMs < 0 ? "bad-text nowrap" : "muted nowrap"}>
        {leftMs < 0 ? say("agenda.over", { time: duration(-leftMs) }) : say("agenda.left", { time: duration(leftMs) })}
      </span>
      <span class="agenda-bar">
        <Progress value={passed} label={say("agenda.progress")} tone="gold" />
      </span>
      {next && <span class="agenda-next muted">{say("agenda.next", { title: next.title })}</span>}
    </div>
  );
}
