/** The mark: two points joined by an arc with a third above it. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 30 20" aria-hidden="true">
      <path class="mark-arc" d="M4 15.5C6 7 10.5 3.6 15 3.6S24 7 26 15.5" />
      <circle class="mark-left" cx="4" cy="16" r="3.6" />
      <circle class="mark-right" cx="26" cy="16" r="3.6" />
      <circle class="mark-top" cx="15" cy="3.6" r="2.6" />
    </svg>
  );
}
