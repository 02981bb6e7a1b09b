/** Says how a file is given to the page. */
export function NoFile({ what, flag, by }: { what: string; flag: string; by: string }) {
  return (
    <div class="empty">
      <p>This page was started without {what}.</p>
      <p>Start it with <code>spectap ui {flag} FILE</code>, and the file of <code>{by}</code>.</p>
    </div>
  );
}
