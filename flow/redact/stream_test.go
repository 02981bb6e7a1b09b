package redact_test

import (
	"fmt"
	"slices"
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

// TestSplitOverAnyStream redacts secrets in pieces under names that no table has: of the AI SDK,
// LangGraph, Dify, Amazon Bedrock, Replicate, Gemini without events, TGI and of results of tools.
func TestSplitOverAnyStream(t *testing.T) {
	pieces := []string{"Here is", " the pass", "word: hun", "Ab12Cd34", "Ef56 and", " the key ghp", "_wWPBpiQmWLix", "DrffQtgEXbJZEXF", "0iu40JbNMp is", " kept"}
	grown := ""
	for _, tt := range []struct{ name, mediaType, before, event, between, after string }{
		{"AI SDK 4", "text/plain", "", "0:%s", "\n", ""},
		{"AI SDK 5", "text/event-stream", "", `data: {"type":"reasoning-delta","id":"7","inputTextDelta":%s}`, "\n\n", ""},
		{"LangGraph", "text/event-stream", "", `data: [{"said":%s,"id":"run-1"},{"node":"agent"}]`, "\n\n", ""},
		{"Dify", "text/event-stream", "", `data: {"event":"message","answer":%s}`, "\n\n", ""},
		{"all so far", "text/event-stream", "", `data: {"event":"partial","answer":%s}`, "\n\n", ""},
		{"Bedrock", "application/x-ndjson", "", `{"outputText":%s,"index":0}`, "\n", ""},
		{"Replicate", "text/event-stream", "", "event: output\ndata: %s", "\n\n", ""},
		{"an array", "application/json", "[", `{"outputs":[{"output":%s}]}`, ",\n", "]"},
		{"TGI", "text/event-stream", "", `data: {"index":%d,"piece":{"id":%[1]d,"said":%[2]s}}`, "\n\n", ""},
		{"a tuple", "text/event-stream", "", `data: ["said",%s]`, "\n\n", ""},
		{"a sequence", "application/json-seq", "", "\x1e{\"said\":%s}", "\n", ""},
		{"a result", "application/json", `{"content":[`, `{"type":"text","text":%s}`, ",", "]}"},
	} {
		events, secret := []string{}, []string{"hun", "Ab12Cd34", "Ef56", "_wWPBpiQmWLix", "DrffQtgEXbJZEXF", "0iu40JbNMp"}
		for i, p := range pieces {
			text := fmt.Sprintf("%q", p)
			switch tt.name {
			case "Replicate":
				text = p
			case "all so far":
				grown += p
				text = fmt.Sprintf("%q", grown)
			}
			if tt.name == "TGI" {
				events = append(events, fmt.Sprintf(tt.event, i, text))
			} else {
				events = append(events, fmt.Sprintf(tt.event, text))
			}
		}
		got := string(red.Body(tt.mediaType, []byte(tt.before+strings.Join(events, tt.between)+tt.after)))
		for _, part := range secret {
			if strings.Contains(got, part) {
				t.Errorf("%s shows %s: %s", tt.name, part, got)
			}
		}
		if !strings.Contains(got, "Here is") || !strings.Contains(got, " kept") || strings.Count(got, "\n") != strings.Count(strings.Join(events, tt.between), "\n") {
			t.Errorf("%s lost text: %s", tt.name, got)
		}
	}
}

// TestSplitInWords redacts a token whose pieces have few blanks.
func TestSplitInWords(t *testing.T) {
	var pieces []string
	for chunk := range slices.Chunk([]byte("Sure, the key is ghp_wWPBpiQmWLixDrffQtgEXbJZEXF0iu40JbNMp and it works."), 6) {
		pieces = append(pieces, fmt.Sprintf(`{"said":%q}`, chunk))
	}
	for name, body := range map[string]string{
		"application/x-ndjson": strings.Join(pieces, "\n"), "application/json": "[" + strings.Join(pieces, ",") + "]",
	} {
		if got := string(red.Body(name, []byte(body))); strings.Contains(got, "BpiQmW") || !strings.Contains(got, "Sure,") || !strings.Contains(got, "works.") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestLinesOfEvent redacts events whose data has several lines as one text.
func TestLinesOfEvent(t *testing.T) {
	stream := "event: a\ndata: {\ndata:  \"name\": \"password\",\ndata:  \"value\": \"%s\"\ndata: }\n\ndata:two\ndata:lines\n\n"
	if got, want := emptied(string(red.Body("text/event-stream", fmt.Appendf(nil, stream, "hunter2x")))), fmt.Sprintf(stream, "[]"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRecordsAreNoPieces keeps ids, times and titles in lines of JSON, which no reader joins.
func TestRecordsAreNoPieces(t *testing.T) {
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, `{"id":"aZ3kP9q%02d","sha":"6dcb09b5b57875f334f61aebed695e2e4193db%02d","at":"2026-01-01T00:00:%02dZ","kind":"token","title":"Key %d"}`+"\n", i, i, i, i)
	}
	for _, mediaType := range []string{"application/x-ndjson", "application/json", "text/event-stream"} {
		text := lines.String()
		if mediaType == "text/event-stream" {
			text = "data: " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n\ndata: ")
		}
		if got := string(red.Body(mediaType, []byte(text))); got != text {
			t.Errorf("%s: %s", mediaType, got)
		}
	}
}

// TestEncodedTwice redacts values in texts that are percent-encoded within others.
func TestEncodedTwice(t *testing.T) {
	for name, form := range map[string]string{
		"percent": "payload=%255B%257B%2522name%2522%253A%2522password%2522%252C%2522value%2522%253A%2522hunter2x%2522%257D%255D",
		"JSON":    "payload=%22%5B%7B%5C%22name%5C%22%3A%5C%22password%5C%22%2C%5C%22value%5C%22%3A%5C%22hunter2x%5C%22%7D%5D%22",
		"data":    `{"href":"data:application/json,%5B%7B%22name%22%3A%22password%22%2C%22value%22%3A%22hunter2x%22%7D%5D"}`,
	} {
		if got := string(red.Body("application/x-www-form-urlencoded", []byte(form))); strings.Contains(got, "hunter2x") || !strings.Contains(got, "password") {
			t.Errorf("%s: %s", name, got)
		}
	}
	quoted := "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nUse ghp_wWPBpiQmWLixDrff=\r\nQtgEXbJZEXF0iu40JbNMp =3D caf=C3=A9\r\n--b--"
	if got := emptied(string(red.Body("multipart/mixed; boundary=b", []byte(quoted)))); !strings.Contains(got, "\r\n\r\n[]\r\n--b--") {
		t.Error(got)
	}
}
