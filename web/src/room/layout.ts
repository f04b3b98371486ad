// How the room is laid out: what the person chose, and what follows from it. Pure, but for remembering it.

export type Preference = "auto" | "content" | "speaker" | "equal";
export type Arrangement = "content" | "speaker" | "equal" | "alone";

export interface LayoutChoice {
  preference: Preference;
  /** The column with queue and chat is shown. */
  side: boolean;
}

const KEY = "diemcau.layout";

/** Which pane is large: without content the speaker stands alone. */
export function arrange(preference: Preference, hasContent: boolean): Arrangement {
  if (!hasContent) return "alone";
  return preference === "auto" ? "content" : preference;
}

/** What was chosen before; a site's page starts without the side column. */
export function readLayout(site: boolean, storage: Pick<Storage, "getItem"> = localStorage): LayoutChoice {
  const usual: LayoutChoice = { preference: "auto", side: !site };
  try {
    const stored = JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<LayoutChoice>;
    const known = ["auto", "content", "speaker", "equal"].includes(stored?.preference ?? "");
    return {
      preference: known ? (stored.preference as Preference) : usual.preference,
      side: typeof stored?.side === "boolean" ? stored.side : usual.side,
    };
  } catch {
    return usual;
  }
}

export function rememberLayout(choice: LayoutChoice, storage: Pick<Storage, "setItem"> = localStorage): void {
  storage.setItem(KEY, JSON.stringify(choice));
}
