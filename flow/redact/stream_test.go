package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
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
