// Puts a live page together: who the tab is, its part in the session, its media, and what is told of what happens.
import type { LiveConfig } from "./config";
import type { Reach } from "./context";
import { Live } from "./live";
import { Media } from "./media";
import { news } from "./news";
import { Outbox } from "./outbox";
import { pageId } from "./page";
import { say } from "./text";
import { ToastBoard } from "./toasts";

/** `publishes`: whether this surface ever sends sound and picture of its own. */
export async function startLivePage(config: LiveConfig, publishes: boolean): Promise<Reach> {
  const live = new Live(config, await pageId());
  const media = new Media(live, publishes);
  const toasts = new ToastBoard();
  live.listen({
    changed: (before, after) => {
      if (!before) return;
      for (const item of news(before, after, live.state.get().me)) {
        const text = say(item.key, item.fields);
        if (item.shown) toasts.add(text, item.tone);
        else toasts.speak(text);
      }
    },
  });
  keepAwake();
  return { config, live, media, outbox: new Outbox(live), toasts };
}

/**
 * A hall's screen must not fall asleep during a conference. Browsers that cannot, or may not, leave it to the
 * system.
 */
function keepAwake(): void {
  const ask = () => {
    if (document.visibilityState === "visible") void navigator.wakeLock?.request("screen").catch(() => undefined);
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}
