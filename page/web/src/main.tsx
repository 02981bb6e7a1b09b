import { render } from "preact";
import { Shell } from "./shell";
import { applyTheme } from "./parts/theme";
import { onLost, signIn } from "./wire";
import "./style.css";

applyTheme();
const root = document.getElementById("page")!;
onLost(() => render(<NoSession ended />, root));
const begin = () => signIn().catch(() => false).then((ok) => {
  if (!ok) document.querySelector("#page > .bar")?.remove(); // of index.html, which only the shell takes over
  render(ok ? <Shell /> : <NoSession />, root);
});
addEventListener("hashchange", () => { if (location.hash.startsWith("#token=")) void begin(); }); // a link that was pasted into this tab
void begin();

function NoSession({ ended }: { ended?: boolean }) {
  return (
    <main class="alone">
      <h1>spectap</h1>
      {ended && <p role="alert">The session of this page has ended: spectap was started again, or ended.</p>}
      <p>This page needs the link that <code>spectap ui</code> prints in its terminal. A link that opened a browser works once.</p>
    </main>
  );
}
