/** Stands for a view whose data is not there yet. It shows after a moment, because most data is there at once. */
export function Loading() {
  return <p class="empty late" role="status">Loading…</p>;
}
