// The line above a live page: what conference this is, who is there, how the link is.
import { Chip } from "../../ui/Chip";
import { Mark } from "../../ui/Mark";
import { useSnapshot } from "../context";
import { count } from "../format";
import { presence } from "../roll";
import { say } from "../text";
import { LinkState } from "./Link";
import { RecordingChip } from "./RecordingChip";

export function Head() {
  const { session, seats, program } = useSnapshot();
  const there = presence(seats);
  return (
    <header class="stage-head">
      <span class="site-mark">
        <Mark />
        <span class="wide-only">{say("app")}</span>
      </span>
      <h1 class="stage-head-title">{session.conference}</h1>
      <div class="stage-head-tools">
        {session.rehearsal && <Chip tone="info">{say("rehearsal")}</Chip>}
        {program.state !== "live" && (
          <Chip tone={program.state === "break" ? "gold" : "plain"}>{say(`state.${program.state}`)}</Chip>
        )}
        <RecordingChip />
        <span class="wide-only">
          <Chip icon="users">
            {say("sites.online", { online: count(there.sitesOnline), all: count(there.sites) })} ·{" "}
            {say("people.online", { count: count(there.peopleOnline) })}
          </Chip>
        </span>
        <LinkState />
      </div>
    </header>
  );
}
