// The room: content, speaker, agenda, side column, bar; laid out by the program and by choice.
import { useEffect, useState } from "preact/hooks";
import { useCan, useLive, useMe, useMedia, useSnapshot } from "../../live/context";
import { AgendaLine } from "../../live/views/AgendaLine";
import { Content } from "../../live/views/Content";
import { Head } from "../../live/views/Head";
import { Speaker } from "../../live/views/Speaker";
import { Voices } from "../../live/views/Voices";
import { arrange, type LayoutChoice, readLayout, rememberLayout } from "../layout";
import { say } from "../text";
import { Bar } from "./Bar";
import { PresenterTools } from "./PresenterTools";
import { Side, useSideTabs } from "./Side";
import { isSlated, Slate } from "./Slate";

export function Room({ onLeave }: { onLeave: () => void }) {
  const me = useMe();
  const { program } = useSnapshot();
  const can = useCan();
  const site = me.kind === "site";
  const [layout, setLayout] = useState<LayoutChoice>(() => readLayout(site));
  const [silent, setSilent] = useState(false);
  const mayPresent = can("content.present");
  const isPresenter = program.presenter === me.id || program.content.seat === me.id;
  const [opened, setOpened] = useState<boolean | null>(null);
  const presenting = mayPresent && (opened ?? isPresenter);
  useEffect(() => rememberLayout(layout), [layout]);
  const tabs = useSideTabs(layout.side);
  const chat = {
    open: layout.side && tabs.active === "all",
    unread: tabs.unread.all,
    onToggle: () => {
      setLayout({ ...layout, side: !chat.open });
      tabs.select("all");
      if (!chat.open) setTimeout(() => document.querySelector(".room-tabs")?.scrollIntoView({ block: "nearest" }));
    },
  };

  // In a break the slate has the room; the page that was shown comes back with the conference.
  const shows = program.content.kind !== "none" && program.state !== "break";
  const arrangement = arrange(layout.preference, shows);
  return (
    <div
      class="stage-grid room type-scope"
      data-seat={me.kind}
      data-arrangement={arrangement}
      data-side={layout.side ? "on" : "off"}
      data-state={program.state}
    >
      <Head />
      <main class="room-work">
        <Away />
        <section class="room-content" aria-live="off">
          <Content />
        </section>
        <section class="room-speaker">
          <Speaker />
          <Slate />
        </section>
        <div class="room-foot">
          {presenting && <PresenterTools keys={isPresenter} />}
          <AgendaLine />
        </div>
        <Side tabs={tabs} steps={!isSlated(program.state)} />
        <Voices silent={silent} />
      </main>
      <Bar
        layout={layout}
        chat={chat}
        onLayout={setLayout}
        silent={silent}
        onSilent={setSilent}
        presenting={mayPresent ? presenting : null}
        onPresenting={setOpened}
        onLeave={onLeave}
      />
    </div>
  );
}

/** The server is lost, but the picture may go on. */
function Away() {
  const { phase } = useLive();
  const { down } = useMedia();
  if (phase === "inside") return null;
  return (
    <p class="away" role="alert">
      {say(down === "connected" ? "away.media" : "away.text")}
    </p>
  );
}
