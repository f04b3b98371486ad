/**
 * media-chrome and hls-video write `<style>` into their shadow roots as HTML, which our Content-Security-Policy refuses unless it
 * carries the page's nonce. This gives it the nonce; it must be imported before them. See docs/decisions/ on the player.
 */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
const withNonce = (html: string) => html.replace(/<style(?=[\s>])/g, `<style nonce="${nonce}"`);

const root = ShadowRoot.prototype as ShadowRoot & { setHTMLUnsafe?: (html: string) => void };
const inner = Object.getOwnPropertyDescriptor(root, "innerHTML");
if (inner?.set) {
  const set = inner.set;
  Object.defineProperty(root, "innerHTML", {
    ...inner,
    set(this: ShadowRoot, html: string) {
      set.call(this, withNonce(html));
    },
  });
}
if (typeof root.setHTMLUnsafe === "function") {
  const set = root.setHTMLUnsafe;
  root.setHTMLUnsafe = function (this: ShadowRoot, html: string) {
    set.call(this, withNonce(html));
  };
}
export {};
