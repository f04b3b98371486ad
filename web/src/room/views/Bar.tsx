// The one bar below: who I am, microphone, camera, the floor, layout, more, leave.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button, IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Menu, type MenuChoice } from "../../ui/Menu";
import { useCan, useLive, useMe, useMedia, useReach, useSnapshot } from "../../live/context";
import type { Device } from "../../live/devices";
import { isHeard } from "../../live/policy";
import { say as sayLive } from "../../live/text";
import { LevelMeter } from "../../live/views/LevelMeter";
import { problemText } from "../deviceText";
import type { LayoutChoice, Preference } from "../layout";
import { say } from "../text";
import { DevicePicker } from "./DevicePicker";
import { HandButton } from "./HandButton";
import { SelfView } from "./SelfView";

const PREFERENCES: Preference[] = ["auto", "content", "speaker", "equal"];

export interface BarProps {
  layout: LayoutChoice;
  onLayout: (layout: LayoutChoice) => void;
  /** The chat is open; how many messages came since it last was. */
  chat: { open: boolean; unread: number; onToggle: () => void };
  silent: boolean;
  onSilent: (silent: boolean) => void;
  /** Presentation tools are open; null where this page may not present. */
  presenting: boolean | null;
  onPresenting: (presenting: boolean) => void;
  onLeave: () => void;
}

export function Bar(props: BarProps) {
  const can = useCan();
  const { program } = useSnapshot();
  const { me } = useLive();
  const { tracks, microphoneOn } = useMedia();
  const publishes = can("media.publish");
  const site = useMe().kind === "site";
  return (
    <footer class="stage-bar room-bar">
      <SelfView />
      <div class="stage-bar-tools">
        {publishes && <Switch device="microphone" />}
        {publishes && <Switch device="camera" />}
        {tracks.microphone && microphoneOn && isHeard(program, me) && (
          <span class="bar-level wide-only">
            <LevelMeter track={tracks.microphone} label={say("bar.level")} />
          </span>
        )}
        <HandButton />
        {(site || !props.layout.side) && <ChatButton {...props.chat} />}
        <span class="wide-only">
          <Tool label={say("bar.layout")}>
            <LayoutMenu {...props} />
          </Tool>
        </span>
        <Tool label={say("bar.more")}>
          <MoreMenu {...props} />
        </Tool>
      </div>
      <div class="bar-end">
        <Button look="danger" icon="log-out" onClick={props.onLeave} aria-label={say("bar.leave")}>
          <span class="wide-only">{say("bar.leave")}</span>
          <span class="phone-only">{say("bar.leave_short")}</span>
        </Button>
      </div>
    </footer>
  );
}

/** A round button and, where there is room, its name in a word below. */
function Tool({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <span class="bar-tool">
      {children}
      <span class="bar-tool-label" aria-hidden="true">
        {label}
      </span>
    </span>
  );
}

function ChatButton({ open, unread, onToggle }: BarProps["chat"]) {
  return (
    <Tool label={sayLive("chat.all")}>
      <IconButton
        icon="message-square"
        label={unread > 0 ? say("bar.chat_unread", { count: unread }) : sayLive("chat.all")}
        aria-pressed={open}
        data-testid="chat-button"
        onClick={onToggle}
      />
      {unread > 0 && (
        <span class="bar-badge" aria-hidden="true">
          {Math.min(unread, 99)}
        </span>
      )}
    </Tool>
  );
}

function Switch({ device }: { device: Device }) {
  const { media, toasts } = useReach();
  const state = useMedia();
  const on = device === "microphone" ? state.microphoneOn : state.cameraOn;
  const icons = { microphone: ["mic", "mic-off"], camera: ["video", "video-off"] } as const;
  const press = async () => {
    await media.turn(device, !on);
    const problem = media.state.get().problems[device];
    if (!on && problem) toasts.add(problemText(device, problem), "bad");
  };
  return (
    <Tool label={say(`join.${device}`)}>
      <IconButton
        icon={icons[device][on ? 0 : 1]}
        off={!on}
        label={say(`bar.${device}_${on ? "on" : "off"}`)}
        data-testid={device}
        data-on={on}
        onClick={() => void press()}
      />
    </Tool>
  );
}

function LayoutMenu({ layout, onLayout }: BarProps) {
  const choices: MenuChoice[] = PREFERENCES.map((preference) => ({
    key: preference,
    label: say(`layout.${preference}`),
    checked: layout.preference === preference,
    onChoose: () => onLayout({ ...layout, preference }),
  }));
  choices.push({
    key: "side",
    icon: "panel-right",
    label: say("layout.side"),
    checked: layout.side,
    onChoose: () => onLayout({ ...layout, side: !layout.side }),
  });
  return <Menu label={say("bar.layout")} icon="layout-panel-left" choices={choices} up />;
}

function MoreMenu({ silent, onSilent, presenting, onPresenting }: BarProps) {
  const { config } = useReach();
  const [devices, setDevices] = useState(false);
  const full = document.fullscreenElement !== null;
  const choices: MenuChoice[] = [
    { key: "devices", icon: "settings", label: say("more.devices"), onChoose: () => setDevices(true) },
    {
      key: "silent",
      icon: silent ? "volume-x" : "volume-2",
      label: say("more.silent"),
      checked: silent,
      onChoose: () => onSilent(!silent),
    },
  ];
  if (presenting !== null) {
    choices.push({
      key: "present",
      icon: "presentation",
      label: say("more.present"),
      checked: presenting,
      onChoose: () => onPresenting(!presenting),
    });
  }
  if (document.fullscreenEnabled) {
    const toggle = () => (full ? document.exitFullscreen() : document.documentElement.requestFullscreen());
    // Refused only where the browser forbids it, and then nothing changes.
    choices.push({
      key: "full",
      icon: "maximize",
      label: say("more.fullscreen"),
      onChoose: () => void toggle().catch(() => undefined),
    });
  }
  if (config.consoleUrl) {
    const url = config.consoleUrl;
    choices.push({
      key: "console",
      icon: "layout-dashboard",
      label: say("more.console"),
      onChoose: () => location.assign(url),
    });
  }
  return (
    <>
      <Menu label={say("bar.more")} icon="ellipsis" choices={choices} up />
      {devices && (
        <Dialog title={say("devices.title")} closeLabel={sayLive("close")} onClose={() => setDevices(false)}>
          <DevicePicker />
        </Dialog>
      )}
    </>
  );
}
