package mcptools

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact"
)

// The library drops calls that are at work when its input ends: `spectap mcp < requests` would answer nothing.
func TestStdioAnswersBeforeItEnds(t *testing.T) {
	st := newStore(t, shopFlows(t)...)
	srv, err := New(Config{Store: st, Documents: documentsOf(st), Redact: redact.New([]byte("k"), redact.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	in.WriteString(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}` + "\n\n")
	in.WriteString(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	const calls = 50
	for i := range calls {
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":"c%d","method":"tools/call","params":{"name":"search_traffic","arguments":{"query":"lamp"}}}`+"\n", i)
	}
	in.WriteString(`{"jsonrpc":"2.0","id":1.0,"method":"ping"}`) // no line end
	var out bytes.Buffer
	if err := ServeStdio(t.Context(), srv.MCP(), strings.NewReader(in.String()), &out, nil); err != nil {
		t.Fatal(err)
	}
	answers := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("a line that is no message: %q", line)
		}
		answers[string(m.ID)] = true
	}
	if len(answers) != calls+2 {
		t.Errorf("%d answers, want %d", len(answers), calls+2)
	}
}

func TestStdioRefusesEndlessLines(t *testing.T) {
	st := newStore(t)
	srv, err := New(Config{Store: st, Documents: documentsOf(st), Redact: redact.New([]byte("k"), redact.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	err = ServeStdio(t.Context(), srv.MCP(), strings.NewReader(strings.Repeat("x", maxLine+1)), new(bytes.Buffer), nil)
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
}

// The acknowledgement of a subscription comes before its answer, which the library writes when it likes.
func TestStdioAcknowledgesFirst(t *testing.T) {
	st := newStore(t)
	srv, err := New(Config{Store: st, Documents: documentsOf(st), Redact: redact.New([]byte("k"), redact.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
	for i := range 20 {
		in, w := io.Pipe()
		out, answers := io.Pipe()
		done := make(chan error, 1)
		go func() { done <- ServeStdio(t.Context(), srv.MCP(), in, answers, nil) }()
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"method":"subscriptions/listen","params":{%s,"notifications":{"promptsListChanged":true}}}`+"\n", i, meta)
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("no answer")
		}
		if first := lines.Text(); !strings.Contains(first, "subscriptions/acknowledged") {
			t.Errorf("the first line is %s", first)
		}
		if !lines.Scan() || !strings.Contains(lines.Text(), fmt.Sprintf(`"id":%d`, i)) {
			t.Errorf("the second line is %s", lines.Text())
		}
		w.Close()
		go io.Copy(io.Discard, out)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}
