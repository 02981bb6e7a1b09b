package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/delta"
)

// TestSplitOverMessages redacts a secret that a stream sends in pieces, as language models do.
func TestSplitOverMessages(t *testing.T) {
	pieces := []string{"the pass", "word: hun", "ter2x and", " the key sk-proj-Ab12Cd34", "Ef56Gh78Ij90Kl12Mn34Op56 it", " is"}
	var events, lines strings.Builder
	var messages []flow.Message
	for _, p := range pieces {
		event := fmt.Sprintf(`{"choices":[{"delta":{"content":%q}}]}`, p)
		fmt.Fprintf(&events, "data: %s\n\n", event)
		lines.WriteString(event + "\n")
		messages = append(messages, flow.Message{Kind: flow.Text, Data: []byte(event), Size: int64(len(event))})
	}
	var shown strings.Builder
	for _, m := range red.Flow(flow.Flow{Messages: messages}).Messages {
		shown.Write(m.Data)
	}
	for name, got := range map[string]string{
		"events": string(red.Body("text/event-stream", []byte(events.String()))), "lines": string(red.Body("application/x-ndjson", []byte(lines.String()))),
		"messages": shown.String(),
	} {
		for _, part := range []string{"hun\"", "\"ter2x", "Ab12Cd34", "Ef56Gh78"} {
			if strings.Contains(got, part) {
				t.Errorf("%s show %s: %s", name, part, got)
			}
		}
		if !strings.Contains(got, " and") || !strings.Contains(got, " it") {
			t.Errorf("%s lost text: %s", name, got)
		}
	}
}

// TestSplitOverDeltas redacts secrets in pieces that alternate with those of another text, and
// arguments of tools, which are JSON only as a whole. No piece and no joined text shows them.
func TestSplitOverDeltas(t *testing.T) {
	call := func(index int, pieces ...string) (out []string) {
		for _, p := range pieces {
			out = append(out, fmt.Sprintf(`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":%d,"function":{"name":"f","arguments":%q}}]}}]}`, index, p))
		}
		return out
	}
	text := func(choice int, pieces ...string) (out []string) {
		for _, p := range pieces {
			out = append(out, fmt.Sprintf(`{"choices":[{"index":%d,"delta":{"content":%q}}]}`, choice, p))
		}
		return out
	}
	block := func(pieces ...string) (out []string) {
		for _, p := range pieces {
			out = append(out, fmt.Sprintf(`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":%q}}`, p))
		}
		return out
	}
	responses := func(pieces ...string) (out []string) {
		for _, p := range pieces {
			out = append(out, fmt.Sprintf(`{"type":"response.function_call_arguments.delta","output_index":2,"delta":%q}`, p))
		}
		return out
	}
	other := []string{"one ", "two ", "three "}
	for name, sides := range map[string][2][]string{
		"choices":   {text(0, "the key sk-proj-Ab12Cd34", "Ef56Gh78Ij90Kl12", "Mn34Op56 is kept"), text(1, other...)},
		"calls":     {call(0, `{"user":"kept","pass`, `word":"Ab12Cd34`, `Ef56Gh78 Mn34Op56"}`), call(1, other...)},
		"blocks":    {block(`{"user":"kept","pass`, `word":"Ab12Cd34`, `Ef56Gh78 Mn34Op56"}`), text(0, other...)},
		"responses": {responses(`{"user":"kept","pass`, `word":"Ab12Cd34`, `Ef56Gh78 Mn34Op56"}`), text(0, other...)},
	} {
		var stream strings.Builder
		for i := range sides[0] {
			fmt.Fprintf(&stream, "data: %s\n\ndata: %s\n\n", sides[0][i], sides[1][i])
		}
		shown := red.Body("text/event-stream", []byte(stream.String()))
		answer, ok := delta.Read("text/event-stream", shown)
		if got := answer.Text(); !ok || !strings.Contains(got, "kept") || !strings.Contains(got, "[redacted:") || !strings.Contains(got, "one two three") {
			t.Errorf("%s: %t, %s", name, ok, got)
		}
		for _, part := range []string{"Ab12Cd34", "Ef56Gh78", "Mn34Op56"} {
			if strings.Contains(string(shown), part) {
				t.Errorf("%s show %s: %s", name, part, shown)
			}
		}
	}
}
