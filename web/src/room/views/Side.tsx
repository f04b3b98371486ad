// The column beside the picture: the queue, and tabs for chat, people, and running the session.
import { useEffect, useState } from "preact/hooks";
import { Tabs, type TabItem } from "../../ui/Tabs";
import { useCan, useSnapshot } from "../../live/context";
import { say as sayLive } from "../../live/text";
import { Chat } from "../../live/views/Chat";
import { Control } from "../../live/views/Control";
import { People } from "../../live/views/People";
import { Queue } from "../../live/views/Queue";
import { say } from "../text";

export type Tab = "control" | "all" | "technicians" | "people";

/** How many messages of each room came while its tab was not open. */
function useUnread(active: Tab | null): Record<"all" | "technicians", number> {
  const { chat } = useSnapshot();
  const [seen, setSeen] = useState({
    all: chat.length ? chat[chat.length - 1]!.at_ms : 0,
    technicians: chat.length ? chat[chat.length - 1]!.at_ms : 0,
  });
  useEffect(() => {
    if (active !== "all" && active !== "technicians") return;
    const last = chat.filter((message) => message.room === active).pop();
    if (last && last.at_ms > seen[active]) setSeen({ ...seen, [active]: last.at_ms });
  }, [active, chat]);
  const unread = (room: "all" | "technicians") =>
    active === room ? 0 : chat.filter((message) => message.room === room && message.at_ms > seen[room]).length;
  return { all: unread("all"), technicians: unread("technicians") };
}

export interface SideTabs {
  active: Tab;
  select: (tab: Tab) => void;
  unread: ReturnType<typeof useUnread>;
}

function useControls(): boolean {
  const can = useCan();
  return can("session.run") || can("agenda.run");
}

/** Which tab is open, and what came in the others; while the column is not `shown`, nothing of it is read. */
export function useSideTabs(shown: boolean): SideTabs {
  const controls = useControls();
  const [active, select] = useState<Tab>(controls ? "control" : "all");
  return { active, select, unread: useUnread(shown ? active : null) };
}

/** `steps`: the ways on (break, end) stand in the panel; false where the slate has them. */
export function Side({ tabs: { active, select, unread }, steps }: { tabs: SideTabs; steps: boolean }) {
  const can = useCan();
  const controls = useControls();
  const tabs: TabItem<Tab>[] = [];
  if (controls) tabs.push({ key: "control", label: sayLive("run.title") });
  tabs.push({ key: "all", label: sayLive("chat.all"), count: unread.all });
  if (can("chat.technicians"))
    tabs.push({ key: "technicians", label: sayLive("chat.technicians"), count: unread.technicians });
  tabs.push({ key: "people", label: sayLive("people.title") });
  return (
    <aside class="room-side">
      <Queue />
      <section class="live-panel room-tabs">
        <Tabs items={tabs} active={active} label={say("panel.tabs")} onSelect={select}>
          {active === "control" && <Control steps={steps} />}
          {active === "people" && <People />}
          {(active === "all" || active === "technicians") && <Chat key={active} room={active} />}
        </Tabs>
      </section>
    </aside>
  );
}
