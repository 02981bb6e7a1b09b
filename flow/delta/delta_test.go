package delta_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/flow/delta"
	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "write the golden files")

// TestRead reads the streams of testdata, which are made from the public documents of each format.
func TestRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a := must.Get(txtar.ParseFile(file))
			mediaType, want := "text/event-stream", a.Files[1].Data
			if strings.HasSuffix(a.Files[0].Name, "ndjson") {
				mediaType = "application/x-ndjson"
			}
			answer, ok := delta.Read(mediaType, a.Files[0].Data)
			if got := answer.Text(); !ok || got != string(want) {
				if *update {
					a.Files[1].Data = []byte(got)
					must.Do(t, os.WriteFile(file, txtar.Format(a), 0o644))
					return
				}
				t.Errorf("%t, got\n%swant\n%s", ok, got, want)
			}
		})
	}
}

// TestForms checks what streams of the public formats have besides the usual.
func TestForms(t *testing.T) {
	for _, tt := range []struct{ name, mediaType, stream, want string }{
		{"two choices at once", "text/event-stream",
			`data: {"choices":[{"index":1,"delta":{"content":"B"}},{"index":0,"delta":{"content":"a"}}]}` + "\n\n" +
				`data: {"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]}` + "\n\n",
			"text: B; text: ab; stop: stop"},
		{"calls without an index", "text/event-stream",
			`data: {"choices":[{"delta":{"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":"}}]}}]}` + "\n\n" +
				`data: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"1}"}}]}}]}` + "\n\n" +
				`data: {"choices":[{"delta":{"tool_calls":[{"id":"2","function":{"name":"f","arguments":"{}"}}]}}]}` + "\n\n",
			"tool call: f 1; arguments: {\n  \"a\": 1\n}; tool call: f 2; arguments: {}"},
		{"text around reasoning", "text/event-stream",
			`data: {"choices":[{"delta":{"reasoning_content":"r"}}]}` + "\n\n" + `data: {"choices":[{"delta":{"content":"a"}}]}` + "\n\n" +
				`data: {"choices":[{"delta":{"reasoning_content":"s"}}]}` + "\n\n",
			"reasoning: r; text: a; reasoning: s"},
		{"a completion", "text/event-stream", `data: {"choices":[{"text":"a","index":0}]}` + "\n\n" + `data: {"choices":[{"text":"b","index":0}]}` + "\n\n", "text: ab"},
		{"a call that is cut off", "text/event-stream", `data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}` + "\n\n" +
			`data: {"type":"content_block_delta","index":0,"delta":{"partial_json":"{\"a\":"}}` + "\n\n" + `data: {"type":"content_block_delta","index":0,"delta":{"partial_json":"\"b`,
			"tool call: f t; arguments: {\"a\":\"b"},
		{"an error in the stream", "text/event-stream", `data: {"type":"content_block_delta","index":0,"delta":{"text":"a"}}` + "\n\n" +
			`event: error` + "\n" + `data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}` + "\n\n", "text: a; error: Overloaded"},
		{"arguments before the name", "text/event-stream",
			`data: {"candidates":[{"content":{"parts":[{"functionCall":{"args":{"a":1},"name":"f"}},{"functionCall":{"args":{"a":2},"name":"g"}}]}}]}` + "\n\n",
			"tool call: f; arguments: {\n  \"a\": 1\n}; tool call: g; arguments: {\n  \"a\": 2\n}"},
		{"a refusal", "text/event-stream", `data: {"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"No"}` + "\n\n", "refusal: No"},
		{"generate of Ollama", "application/x-ndjson", `{"response":"a","done":false}` + "\n" + `{"response":"b","done":true,"eval_count":2}`, "text: ab; usage: eval_count 2"},
		{"no text and no call", "text/event-stream", `data: {"type":"message_start","message":{"role":"assistant"}}` + "\n\n", ""},
		{"events of another kind", "text/event-stream", `data: {"text":"a","message":{"content":"b"},"response":"c"}` + "\n\n" + "data: [DONE]\n\n", ""},
		{"text of another kind", "text/event-stream", "data: hello\n\n", ""},
		{"no stream", "application/json", `{"choices":[{"delta":{"content":"a"}}]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, ok := delta.Read(tt.mediaType, []byte(tt.stream))
			var got []string
			for _, s := range a.Sections() {
				got = append(got, s.Label+": "+s.Text)
			}
			if joined := strings.Join(got, "; "); ok != (tt.want != "") || ok && joined != tt.want {
				t.Errorf("%t, got %s, want %s", ok, joined, tt.want)
			}
		})
	}
}

// FuzzRead checks that an answer of any stream can be shown, and is not longer than its stream.
func FuzzRead(f *testing.F) {
	f.Add("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"tool_calls\":[{\"index\":0}]}}]}\n\n")
	f.Add("data: {\"index\":1,\"delta\":{\"partial_json\":\"{\"}}\n\ndata: {\"done\":1,\"response\":\"\\ud800\"}")
	f.Fuzz(func(t *testing.T, stream string) {
		a, _ := delta.Read("text/event-stream", []byte(stream))
		size := 0
		for _, m := range a.Messages {
			for _, p := range m.Parts {
				size += len(p.Text)
				if p.Arguments != nil && !json.Valid(p.Arguments) {
					t.Errorf("%q", p.Arguments)
				}
			}
		}
		if a.Text(); size > 3*len(stream) {
			t.Errorf("%d bytes of %d", size, len(stream))
		}
	})
}
