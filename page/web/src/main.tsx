import { render } from "preact";
import { Shell } from "./shell";
import { applyTheme } from "./parts/theme";
import { signIn } from "./wire";
import "./style.css";

applyTheme();
const root = document.getElementById("page")!;
signIn().then(
  (ok) => render(ok ? <Shell /> : <NoSession />, root),
  () => render(<NoSession />, root),
);

function NoSession() {
  return (
    <main class="alone">
      <h1>spectap</h1>
      <p>This page needs the link that <code>spectap ui</code> prints in its terminal. A link that opened a browser works once.</p>
    </main>
  );
}
