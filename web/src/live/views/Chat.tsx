// One room of the chat: what was said, oldest first, and a line to write.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { IconButton } from "../../ui/Button";
import { useAct, useLive, useSnapshot } from "../context";
import { clockTime, count } from "../format";
import { nameOf } from "../roll";
import { say } from "../text";
import type { ChatView } from "../../wire.gen";

type Room = ChatView["room"];
/** What conference/protocol.py takes, and from when on a writer is told how much it is already. */
const LONGEST = 1000;
const NEAR = 800;

export function Chat({ room }: { room: Room }) {
  const snapshot = useSnapshot();
  const { me } = useLive();
  const { chat, seats } = snapshot;
  const messages = useMemo(() => chat.filter((message) => message.room === room), [chat, room]);
  // Not drawn again with every event: there are hundreds of them.
  const rows = useMemo(
    () =>
      messages.map((message) => {
        const mine = message.seat === me;
        const from = mine ? say("chat.me") : nameOf(snapshot, message.seat);
        return <Message key={message.id} message={message} mine={mine} from={from} />;
      }),
    [messages, seats, me],
  );
  const list = useRef<HTMLOListElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const element = list.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [messages.length, room]);
  const onScroll = (event: JSX.TargetedEvent<HTMLOListElement>) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
    follows.current = scrollHeight - scrollTop - clientHeight < 40;
  };
  return (
    <div class="chat" data-testid={`chat-${room}`}>
      {messages.length === 0 && <p class="muted small chat-empty">{say("chat.empty")}</p>}
      <ol
        class="chat-list"
        ref={list}
        onScroll={onScroll}
        tabIndex={0}
        aria-live="polite"
        aria-label={say(`chat.${room}`)}
      >
        {rows}
      </ol>
      <Write room={room} />
    </div>
  );
}

function Message({ message, mine, from }: { message: ChatView; mine: boolean; from: string }) {
  return (
    <li class={mine ? "chat-message is-mine" : "chat-message"}>
      <div class="chat-from">
        <span class="truncate">{from}</span>
        <time>{clockTime(message.at_ms)}</time>
      </div>
      <p class="chat-text">{message.text}</p>
    </li>
  );
}

function Write({ room }: { room: Room }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const act = useAct();
  const written = text.trim();
  const length = [...written].length; // as the server counts
  const tooLong = length > LONGEST;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!written || tooLong || busy) return;
    setBusy(true);
    const sent = await act({ type: "chat.send", room, text: written });
    if (sent) setText(""); // what was not sent stays to be sent again
    setBusy(false);
  };
  const label = say(`chat.write_${room}`);
  return (
    <form class="chat-write" onSubmit={(event) => void submit(event)}>
      <input
        class="input"
        value={text}
        placeholder={label}
        aria-label={label}
        aria-invalid={tooLong || undefined}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <IconButton icon="send" label={say("chat.send")} type="submit" disabled={busy || written === "" || tooLong} />
      {length >= NEAR && (
        <p class={tooLong ? "chat-length bad-text" : "chat-length muted"} role="status">
          {say(tooLong ? "chat.too_long" : "chat.length", { count: count(length), most: count(LONGEST) })}
        </p>
      )}
    </form>
  );
}
