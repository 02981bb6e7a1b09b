package front

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcp/front/fronttest"
)

// endReader closes ended when the input ends.
type endReader struct {
	io.Reader
	ended chan struct{}
	once  sync.Once
}

func (r *endReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		r.once.Do(func() { close(r.ended) })
	}
	return n, err
}

// The library drops calls that still run when its input ends, so `spectap mcp < requests` would get
// no response. Here every call runs until the input has ended. The calls are more than the library
// runs and queues by itself: the next would keep it from reading on.
func TestStdioRespondsAfterEOF(t *testing.T) {
	var in strings.Builder
	in.WriteString(initialize + "\n\n")
	in.WriteString(`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	const calls = 200
	for i := range calls {
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":"c%d","method":"tools/call","params":{"name":"slow","arguments":{}}}`+"\n", i)
	}
	in.WriteString(`{"jsonrpc":"2.0","id":2,"method":"ping"}`) // no line end
	r := &endReader{Reader: strings.NewReader(in.String()), ended: make(chan struct{})}
	s := newServer()
	s.AddTool(mcp.NewTool("slow"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		select {
		case <-r.ended:
		case <-ctx.Done():
		}
		return mcp.NewToolResultText("done"), nil
	})
	var out bytes.Buffer
	noError(t, ServeStdio(t.Context(), fronttest.Unguarded(s), r, &out, nil))
	answers := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("a line that is not a message: %q", line)
		}
		answers[string(m.ID)] = true
	}
	if len(answers) != calls+2 {
		t.Errorf("%d responses, want %d", len(answers), calls+2)
	}
}

// TestStdioCallsDoNotWait checks that calls which wait, such as for a person, do not delay others.
func TestStdioCallsDoNotWait(t *testing.T) {
	var in strings.Builder
	in.WriteString(initialize + "\n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n")
	const waiting = 40
	for i := range waiting + 1 {
		name := "wait"
		if i == waiting {
			name = "go"
		}
		fmt.Fprintf(&in, `{"jsonrpc":"2.0","id":"c%d","method":"tools/call","params":{"name":%q,"arguments":{}}}`+"\n", i, name)
	}
	s, decided := newServer(), make(chan struct{})
	s.AddTool(mcp.NewTool("wait"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		select {
		case <-decided:
			return mcp.NewToolResultText("answered"), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	s.AddTool(mcp.NewTool("go"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		close(decided)
		return mcp.NewToolResultText("answered"), nil
	})
	var out bytes.Buffer
	noError(t, ServeStdio(t.Context(), fronttest.Unguarded(s), strings.NewReader(in.String()), &out, nil))
	if n := strings.Count(out.String(), "answered"); n != waiting+1 {
		t.Errorf("%d calls were answered", n)
	}
}

// TestStdioCancelled checks that it is no error when the caller ends the session.
func TestStdioCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, w := io.Pipe()
	defer w.Close()
	out, answers := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- ServeStdio(ctx, fronttest.Unguarded(newServer()), in, answers, nil) }()
	fmt.Fprintln(w, initialize)
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("no response")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestStdioRefusesLongLines checks that a line of more than 16 MiB is refused, and that the next one
// is served.
func TestStdioRefusesLongLines(t *testing.T) {
	in := strings.NewReader(strings.Repeat("x", 16<<20+1) + "\n" + `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	var out bytes.Buffer
	noError(t, ServeStdio(t.Context(), fronttest.Unguarded(newServer()), in, &out, nil))
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "larger than 16777216 bytes") || !strings.Contains(got, `"id":2,"result"`) {
		t.Errorf("answered %s", got)
	}
}

// The acknowledgement of a subscription precedes its response, which the library may write first.
func TestStdioAcknowledgesFirst(t *testing.T) {
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(true),
		server.WithPromptCapabilities(false), server.WithResourceCapabilities(true, false))
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
	for i := range 20 {
		in, w := io.Pipe()
		out, answers := io.Pipe()
		done := make(chan error, 1)
		go func() { done <- ServeStdio(t.Context(), fronttest.Unguarded(s), in, answers, nil) }()
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"method":"subscriptions/listen","params":{%s,"notifications":{"promptsListChanged":true}}}`+"\n", i, meta)
		lines := bufio.NewScanner(out)
		if !lines.Scan() {
			t.Fatal("no response")
		}
		if first := lines.Text(); !strings.Contains(first, "subscriptions/acknowledged") {
			t.Errorf("the first line is %s", first)
		}
		if !lines.Scan() || !strings.Contains(lines.Text(), fmt.Sprintf(`"id":%d`, i)) {
			t.Errorf("the second line is %s", lines.Text())
		}
		w.Close()
		go io.Copy(io.Discard, out)
		noError(t, <-done)
	}
}

// TestStreamsNameTheirRequest checks that each notification of a stream has the id of the request
// that opened it, exactly, and that others get none.
func TestStreamsNameTheirRequest(t *testing.T) {
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(true))
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	in, w := io.Pipe()
	answers, done := make(chan string, 8), make(chan error, 1)
	go func() { done <- ServeStdio(t.Context(), fronttest.Unguarded(s), in, lineWriter(answers), nil) }()
	const id = "9007199254740993" // more digits than a float64 has
	for _, sent := range []func(){
		func() {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"method":"subscriptions/listen","params":{%s,"notifications":{"toolsListChanged":true}}}`+"\n", id, meta)
		},
		func() { s.SendNotificationToAllClients("notifications/tools/list_changed", nil) },
	} {
		sent()
		if got := <-answers; !strings.Contains(got, `"io.modelcontextprotocol/subscriptionId":`+id) {
			t.Errorf("got %s", got)
		}
	}
	s.SendNotificationToAllClients("notifications/prompts/list_changed", nil)
	fmt.Fprintln(w, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":`+id+`}}`)
	fmt.Fprintln(w, `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	if got := <-answers; !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":2,"result"`) {
		t.Errorf("got %s", got)
	}
	w.Close()
	noError(t, <-done)
}

// A request of the newest protocol on the same streams changes nothing of what the client of an
// older session declared: whether its user can be asked.
func TestStdioKeepsHandshake(t *testing.T) {
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":%s}`
	for _, c := range []struct{ name, first, later, want, wantLater string }{
		{"later request cannot ask", `{"elicitation":{}}`, `{}`, `"method":"elicitation/create"`, "IsHeld"},
		{"later request can ask", `{}`, `{"elicitation":{}}`, "IsHeld", `"resultType":"input_required"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			reader, w := io.Pipe()
			answers, done := make(chan string, 8), make(chan error, 1)
			go func() { done <- ServeStdio(t.Context(), newBank(), reader, lineWriter(answers), nil) }()
			var got []string
			for _, line := range []string{
				`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":` + c.first +
					`,"clientInfo":{"name":"t","version":"1"}}}`,
				`{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{` + fmt.Sprintf(meta, c.later) + `}}`,
				`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"pay","arguments":{"n":1},` + fmt.Sprintf(meta, c.later) + `}}`,
				`{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"pay","arguments":{"n":1}}}`,
			} {
				io.WriteString(w, line+"\n")
				got = append(got, <-answers) // one after the other
			}
			if !strings.Contains(got[2], c.wantLater) || !strings.Contains(got[3], c.want) {
				t.Errorf("got %s and %s, want %s and %s", got[2], got[3], c.wantLater, c.want)
			}
			if c.want != "IsHeld" {
				io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"action":"decline"}}`+"\n")
				<-answers
			}
			w.Close()
			noError(t, <-done)
		})
	}
}

// message has the members by which tests tell messages apart.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method *string         `json:"method"`
}

// lineWriter sends written lines.
type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
