/** From the broadcast to the replay in the same page: everything around the player is taken from the page as it is now. */

const PARTS = ["replay-head", "share-title", "replay-side", "replay-below", "replay-config"];

/** Replace what stands around the player; false where the page could not be had. */
export async function becomeReplay(): Promise<boolean> {
  let html: string;
  try {
    const response = await fetch(location.href, { credentials: "same-origin" });
    if (!response.ok) return false;
    html = await response.text();
  } catch {
    return false;
  }
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const found = PARTS.map((id) => [document.getElementById(id), fresh.getElementById(id)] as const);
  if (found.some(([old, made]) => !old || !made)) return false;
  for (const [old, made] of found) {
    const part = document.adoptNode(made!);
    old!.replaceWith(part);
    if (part.id !== "replay-config") window.htmx.process(part);
  }
  return true;
}
