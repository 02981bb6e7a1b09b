import { Text } from "../parts/text";
import type { Answer } from "./calls.gen";

/** The message that a language model streamed in pieces. */
export function AnswerView({ answer }: { answer: Answer }) {
  return (
    <div class="answer" tabIndex={0} role="region" aria-label="Message">
      {answer.sections.map((s) => (
        <section class={s.block ? "block " + s.label : "line"}>
          <h4>{s.label}</h4>
          {s.block ? <pre><Text text={s.text} /></pre> : <p class="mono"><Text text={s.text} /></p>}
        </section>
      ))}
      <p class="faint">Assembled from {answer.events} events.</p>
    </div>
  );
}
