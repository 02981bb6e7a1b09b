package front

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// fuzzServer has a tool, a resource and a prompt, so that messages reach their handlers.
func fuzzServer() *server.MCPServer {
	s := server.NewMCPServer("fuzz", "1", server.WithRecovery(), server.WithToolCapabilities(true),
		server.WithResourceCapabilities(true, true), server.WithPromptCapabilities(true), server.WithLogging())
	s.AddTool(mcp.NewTool("echo", mcp.WithString("text", mcp.Required())),
		func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return mcp.NewToolResultText(r.GetString("text", "none")), nil
		})
	s.AddResource(mcp.NewResource("spectap://a", "a"),
		func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, Text: "a"}}, nil
		})
	s.AddPrompt(mcp.NewPrompt("p"), func(context.Context, mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return mcp.NewGetPromptResult("p", nil), nil
	})
	return s
}

// fuzzMessages are seeds for the targets of both transports.
var fuzzMessages = []string{
	initialize + "\n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" +
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"x"}}}`,
	`{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"MQ==","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
	`{"id":1,"id":2,"method":"ping"}` + "\n" + `{"jsonrpc":"2.0","ID":1.50,"METHOD":"ping","method":"tools/list"}`,
	`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
	`[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":1,"method":"ping"}]` + "\r\n\n null \n\xff\x00\n{",
	`{"jsonrpc":"2.0","id":1e99,"method":"resources/read","params":{"uri":"spectap://a"}}` + "\n" +
		`{"jsonrpc":"2.0","id":-0,"method":"logging/setLevel","params":{"level":"debug"}}`,
	`{"jsonrpc":"2.0","id":7,"result":{}}` + "\n" + `{"jsonrpc":"2.0","id":{},"error":{"code":1}}` + "\n" +
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
}

// fuzzTimeout is far above the time that a run takes, and below the time that the end of the input
// waits for a response that does not come.
const fuzzTimeout = 10 * time.Second

// checkMessage fails unless data is one message of the server.
func checkMessage(t *testing.T, data []byte) (m message) {
	t.Helper()
	var version struct {
		JSONRPC string `json:"jsonrpc"`
	}
	if json.Unmarshal(data, &m) != nil || json.Unmarshal(data, &version) != nil || version.JSONRPC != "2.0" {
		t.Fatalf("the server sent what is no message: %q", data)
	}
	return m
}

// FuzzServeStdio sends any lines to a server on stdio. It answers with whole messages, no request
// twice, and ends soon after its input.
func FuzzServeStdio(f *testing.F) {
	for _, s := range fuzzMessages {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		requests := map[string]int{}
		for line := range bytes.Lines(in) {
			var m message
			if json.Unmarshal(line, &m) == nil && len(m.ID) > 0 {
				requests[idKey(m.ID)]++
			}
			requests["null"]++ // the response to what has no id
		}
		ctx, cancel := context.WithTimeout(t.Context(), fuzzTimeout)
		defer cancel()
		var out bytes.Buffer
		if err := ServeStdio(ctx, fuzzServer(), bytes.NewReader(in), &out, nil); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() != nil {
			t.Fatalf("a request has no response after %s: %q", fuzzTimeout, out.Bytes())
		}
		for line := range bytes.Lines(out.Bytes()) {
			m := checkMessage(t, line)
			if m.Method != nil {
				continue
			}
			if requests[idKey(m.ID)]--; requests[idKey(m.ID)] < 0 {
				t.Fatalf("one response too many for id %s: %q", m.ID, out.Bytes())
			}
		}
	})
}

// eventWriter is a stream of events for a test.
type eventWriter struct {
	header http.Header
	events chan string
}

func (w *eventWriter) Header() http.Header { return w.header }
func (w *eventWriter) WriteHeader(int)     {}
func (w *eventWriter) Flush()              {}

func (w *eventWriter) Write(p []byte) (int, error) {
	w.events <- string(p)
	return len(p), nil
}

// FuzzSSE sends any requests to a server over the old transport. It answers accepted requests with
// events of one line, none twice, and is done with all of them soon.
func FuzzSSE(f *testing.F) {
	for _, s := range fuzzMessages {
		f.Add("POST", "", []byte(s))
	}
	f.Add("DELETE", "&sessionId=x", []byte("{}"))
	f.Add("POST", "%zz;&", []byte(`{"id":1,"method":"ping"}`))
	f.Fuzz(func(t *testing.T, method, query string, in []byte) {
		addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
		front, err := New(Config{Addr: addr, NoToken: true, SSE: true}, map[string]*server.MCPServer{"/mcp": fuzzServer()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), fuzzTimeout)
		defer cancel()
		stream := &eventWriter{header: http.Header{}, events: make(chan string, 1000)}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			front.ServeHTTP(stream, httptest.NewRequestWithContext(ctx, "GET", "http://127.0.0.1/mcp/sse", nil))
		}()
		path, ok := strings.CutPrefix(<-stream.events, "event: endpoint\ndata: ")
		if !ok {
			t.Fatalf("the first event is not the endpoint: %q", path)
		}
		requests := map[string]int{"null": len(in)} // responses to what has no id
		for line := range bytes.Lines(in[:min(len(in), 2000)]) {
			var m message
			valid := json.Unmarshal(line, &m) == nil
			if m.Method != nil && *m.Method == "subscriptions/listen" {
				continue // stays open until the stream ends
			}
			r := httptest.NewRequestWithContext(ctx, "POST", "http://127.0.0.1"+strings.TrimSpace(path), bytes.NewReader(line))
			r.Method = method
			r.URL.RawQuery += query
			w := httptest.NewRecorder()
			front.ServeHTTP(w, r)
			switch w.Code {
			case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusTooManyRequests:
			case http.StatusAccepted:
				if !valid {
					t.Errorf("accepted %q", line)
				}
				if m.Method != nil && len(m.ID) > 0 {
					requests[idKey(m.ID)]++
				}
			default:
				t.Fatalf("%s %s answers %d", method, line, w.Code)
			}
		}
		waitForCalls(ctx, t, front.old[0])
		cancel()
		<-ended
		close(stream.events)
		for event := range stream.events {
			data, begins := strings.CutPrefix(event, "event: message\ndata: ")
			data, ends := strings.CutSuffix(data, "\n\n")
			if !begins || !ends || strings.ContainsAny(data, "\r\n") {
				t.Fatalf("an event that is no message: %q", event)
			}
			m := checkMessage(t, []byte(data))
			if m.Method != nil {
				continue
			}
			if requests[idKey(m.ID)]--; requests[idKey(m.ID)] < 0 {
				t.Fatalf("one response too many for id %s", m.ID)
			}
		}
	})
}

// waitForCalls waits until the only session of a server has no call under way, by taking the place
// of every call.
func waitForCalls(ctx context.Context, t *testing.T, s *sseServer) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		for range maxCalls {
			select {
			case x.calls <- struct{}{}:
			case <-ctx.Done():
				t.Fatalf("a call is not done after %s", fuzzTimeout)
			}
		}
	}
}
