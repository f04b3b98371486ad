// The page of a deck that everybody sees; the next and the one before are fetched ahead.
import { useEffect, useState } from "preact/hooks";
import { useSnapshot } from "../context";
import { say } from "../text";

const RETRY_MS = [500, 1500, 4000, 10_000];

export function pageUrl(template: string, page: number): string {
  return template.replace("{page}", String(page));
}

/** Resolves when the image can be shown without a flash. */
async function fetchImage(url: string): Promise<void> {
  const image = new Image();
  image.src = url;
  await image.decode();
}

/** The address to show: the wanted one once it is loaded, until then the one before. Also whether loading fails. */
function useLoaded(url: string | null): [string | null, boolean] {
  const [shown, setShown] = useState<string | null>(null);
  const [failing, setFailing] = useState(false);
  useEffect(() => {
    if (url === null) return;
    let wanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = (attempt: number) => {
      fetchImage(url).then(
        () => {
          if (!wanted) return;
          setShown(url);
          setFailing(false);
        },
        () => {
          if (!wanted) return;
          setFailing(true);
          timer = setTimeout(() => load(attempt + 1), RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
        },
      );
    };
    load(0);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [url]);
  return [shown, failing];
}

export function DeckPage() {
  const { program, decks } = useSnapshot();
  const { content } = program;
  const deck = decks.find((each) => each.id === content.deck);
  const page = content.page ?? 1;
  const pages = content.pages ?? deck?.pages ?? page;
  const [shown, failing] = useLoaded(deck ? pageUrl(deck.page_url, page) : null);
  useEffect(() => {
    if (!deck) return;
    for (const near of [page + 1, page - 1]) {
      // It will be asked for again.
      if (near >= 1 && near <= pages) fetchImage(pageUrl(deck.page_url, near)).catch(() => undefined);
    }
  }, [deck?.page_url, page, pages]);
  const label = say("deck.page", { page, pages, title: deck?.title ?? "" });
  return (
    <div class="deck" data-testid="deck" data-page={page} data-shown={shown ?? ""}>
      {shown && <img class="deck-page" src={shown} alt={label} />}
      {(failing || !deck) && (
        <p class="deck-trouble" role="status">
          {say("deck.trouble")}
        </p>
      )}
    </div>
  );
}
