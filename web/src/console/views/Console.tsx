// The console: the wall of sites, the program as it goes out, the floor, the session, the technicians' chat.
import { useState } from "preact/hooks";
import { Button } from "../../ui/Button";
import { Chip } from "../../ui/Chip";
import { Icon } from "../../ui/Icon";
import { Tabs, type TabItem } from "../../ui/Tabs";
import { useCan, useReach, useSnapshot } from "../../live/context";
import { say as sayLive } from "../../live/text";
import { AgendaLine } from "../../live/views/AgendaLine";
import { Chat } from "../../live/views/Chat";
import { Content } from "../../live/views/Content";
import { Control } from "../../live/views/Control";
import { Head } from "../../live/views/Head";
import { People } from "../../live/views/People";
import { Queue } from "../../live/views/Queue";
import { Speaker } from "../../live/views/Speaker";
import { Voices } from "../../live/views/Voices";
import { isTrouble } from "../status";
import { say } from "../text";
import { type Tile, useWall } from "../wall";
import { Detail } from "./Detail";
import { RecordingTrouble } from "./RecordingTrouble";
import { Wall } from "./Wall";

type Tab = "control" | "technicians" | "all" | "people";

export function Console() {
  const { config } = useReach();
  const { program } = useSnapshot();
  const tiles = useWall();
  const [selected, setSelected] = useState<string | null>(null);
  const chosen = tiles.find((tile) => tile.seat.id === selected) ?? null;
  const alarms = tiles.filter((tile) => isTrouble(tile.condition)).length;
  return (
    <div class="stage-grid console" data-state={program.state}>
      <Head />
      <main class="console-work">
        <div class="console-main">
          <div class="console-line">
            <AgendaLine />
            <span class="cluster push">
              {alarms > 0 && (
                <Chip tone="bad" icon="triangle-alert">
                  {say("alarms", { count: alarms })}
                </Chip>
              )}
              {program.floor.queue.length > 0 && (
                <Chip tone="gold" icon="hand">
                  {handsText(program.floor.queue.length, tiles)}
                </Chip>
              )}
              <a class="button button-small" href={config.roomUrl}>
                <Icon name="monitor" />
                {say("room")}
              </a>
            </span>
          </div>
          <RecordingTrouble />
          <Wall tiles={tiles} selected={selected} onSelect={setSelected} />
        </div>
        <aside class="console-side">
          <Monitor />
          <Queue />
          <div class={chosen ? "live-panel console-detail is-chosen" : "live-panel console-detail"}>
            <Detail tile={chosen} onClose={() => setSelected(null)} />
          </div>
          <Panels />
        </aside>
      </main>
    </div>
  );
}

/** People ask as well as sites; the wall and its filters know of the sites only. */
function handsText(count: number, tiles: Tile[]): string {
  const sites = tiles.filter((tile) => tile.place > 0).length;
  return say(sites === count ? "hands" : "hands_of", { count, sites, people: count - sites });
}

function Panels() {
  const can = useCan();
  const [active, setActive] = useState<Tab>("control");
  const tabs: TabItem<Tab>[] = [{ key: "control", label: sayLive("run.title") }];
  if (can("chat.technicians")) tabs.push({ key: "technicians", label: sayLive("chat.technicians") });
  tabs.push({ key: "all", label: sayLive("chat.all") }, { key: "people", label: sayLive("people.title") });
  return (
    <section class="live-panel room-tabs">
      <Tabs items={tabs} active={active} label={say("tabs")} onSelect={setActive}>
        {active === "control" && <Control />}
        {active === "people" && <People />}
        {(active === "technicians" || active === "all") && <Chat key={active} room={active} />}
      </Tabs>
    </section>
  );
}

/** What everybody sees and hears now; silent until asked, so that the control room does not echo. */
function Monitor() {
  const { content } = useSnapshot().program;
  const [silent, setSilent] = useState(true);
  return (
    <section class="monitor" aria-label={say("monitor")}>
      <div class={content.kind === "none" ? "monitor-pictures is-single" : "monitor-pictures"}>
        <Speaker />
        {content.kind !== "none" && (
          <div class="monitor-content">
            <Content />
          </div>
        )}
      </div>
      <div class="split">
        <span class="muted small">{say("monitor")}</span>
        <Button
          size="small"
          icon={silent ? "volume-x" : "volume-2"}
          aria-pressed={!silent}
          onClick={() => setSilent(!silent)}
        >
          {say(silent ? "monitor.listen" : "monitor.mute")}
        </Button>
      </div>
      <Voices silent={silent} />
    </section>
  );
}
