/** `data-key` names the key that does the same as a click: `ArrowRight` for the next page. Who types or chooses keeps their keys. */
export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target instanceof Element && event.target.closest("input, select, textarea, dialog, [role=tablist]")) return;
    const named = [...document.querySelectorAll<HTMLElement>("[data-key]")].find((each) => each.dataset.key === event.key);
    if (!named) return;
    event.preventDefault();
    named.click();
  });
}
