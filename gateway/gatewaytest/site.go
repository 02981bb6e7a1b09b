package gatewaytest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/streamable"
)

// Site is a gateway over HTTP in front of servers that a test acts as.
type Site struct {
	*Bench
	URL     string
	Handler *streamable.Handler
	server  *httptest.Server
}

// Relay makes the relay for a client of a site.
type Relay func(s *Site, client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner

// NewSite serves a gateway. The header Who names the client. change may modify the handler's
// configuration.
func NewSite(t *testing.T, policyText string, relay Relay, change func(*streamable.Config)) *Site {
	t.Helper()
	s := &Site{Bench: New(t, policyText, nil)}
	log := slog.New(slog.DiscardHandler)
	c := streamable.Config{Refused: s.Guard.Refused, Log: log, Patience: time.Minute, Identity: func(r *http.Request) map[string]any {
		return map[string]any{"name": r.Header.Get("Who")}
	}}
	c.Relay = func(client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
		return relay(s, client, identity, session)
	}
	if change != nil {
		change(&c)
	}
	s.Handler = streamable.New(c)
	s.server = httptest.NewServer(s.Handler)
	s.URL = s.server.URL
	t.Cleanup(func() {
		s.Handler.Close()
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// Request sends an HTTP request. header are names and values.
func (s *Site) Request(ctx context.Context, method, body string, header ...string) *http.Response {
	s.T.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := must.Get(http.NewRequestWithContext(ctx, method, s.URL, r))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header[http.CanonicalHeaderKey(header[i])] = append(req.Header[http.CanonicalHeaderKey(header[i])], header[i+1])
		if strings.EqualFold(header[i], "Content-Type") || strings.EqualFold(header[i], "Accept") {
			req.Header.Set(header[i], header[i+1])
		}
	}
	resp := must.Get(s.server.Client().Do(req))
	s.T.Cleanup(func() { resp.Body.Close() })
	return resp
}

// Post sends a message and returns the status and the body of the answer.
func (s *Site) Post(body string, header ...string) (int, string) {
	s.T.Helper()
	resp := s.Request(s.T.Context(), http.MethodPost, body, header...)
	text := must.Get(io.ReadAll(resp.Body))
	return resp.StatusCode, string(text)
}

// Answer is the HTTP response to a message.
type Answer struct {
	Status int
	Text   string
}

// Start sends a message and does not wait for the answer.
func (s *Site) Start(body string, header ...string) <-chan Answer {
	done := make(chan Answer, 1)
	go func() {
		status, text := s.Post(body, header...)
		done <- Answer{status, text}
	}()
	return done
}

// HelloText begins a session.
const HelloText = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","clientInfo":{"name":"c"}}}`

// Begin begins a session and returns its id and its server.
func (s *Site) Begin(header ...string) (id string, server *Wire) {
	s.T.Helper()
	got := make(chan *http.Response, 1)
	go func() { got <- s.Request(s.T.Context(), http.MethodPost, HelloText, header...) }()
	server = <-s.Servers
	s.Expect(server, `"method":"initialize"`)
	s.Send(server, `{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}`)
	resp := <-got
	if id = resp.Header.Get(mirror.HeaderSession); id == "" || resp.StatusCode != http.StatusOK {
		s.T.Fatalf("initialize: status %d, session %q", resp.StatusCode, id)
	}
	if kind := resp.Header.Get("Content-Type"); kind != "application/json" {
		s.T.Errorf("initialize: the media type is %q", kind)
	}
	return id, server
}

// Modern returns a stateless request and its headers.
func Modern(id, method, name, rest string) (body string, header []string) {
	params := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":"t"}`
	if name != "" {
		params += fmt.Sprintf(`,"name":%q`, name)
	}
	header = []string{mirror.HeaderVersion, "2026-07-28", mirror.HeaderMethod, method}
	if name != "" {
		header = append(header, mirror.HeaderName, name)
	}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":{%s%s}}`, id, method, params, rest), header
}

// IDOf returns the id of a message, as JSON.
func IDOf(t *testing.T, text string) string {
	t.Helper()
	var m struct{ ID json.RawMessage }
	must.Do(t, json.Unmarshal([]byte(text), &m))
	return string(m.ID)
}

// SSE reads the events of a response.
type SSE struct {
	t *testing.T
	r *bufio.Reader
}

func ReadSSE(t *testing.T, resp *http.Response) *SSE {
	t.Helper()
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("status %d, type %q", resp.StatusCode, kind)
	}
	return &SSE{t, bufio.NewReader(resp.Body)}
}

// Next returns the id and data of the next event, "" at the end.
func (e *SSE) Next() (id, data string) {
	e.t.Helper()
	for {
		line, err := e.r.ReadString('\n')
		line = strings.TrimSuffix(line, "\n")
		switch {
		case err != nil:
			return "", ""
		case line == "" && id != "" || line == "" && data != "":
			return id, data
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "data: "):
			data = line[6:]
		}
	}
}

// BeginRemote begins a session whose server is remote, and returns its headers.
func (s *Site) BeginRemote() []string {
	s.T.Helper()
	resp := s.Request(s.T.Context(), http.MethodPost, HelloText, "Authorization", "Bearer of-the-client")
	if resp.StatusCode != http.StatusOK || resp.Header.Get(mirror.HeaderSession) == "of-upstream" {
		s.T.Fatalf("status %d, session %s", resp.StatusCode, resp.Header.Get(mirror.HeaderSession))
	}
	h := []string{mirror.HeaderSession, resp.Header.Get(mirror.HeaderSession), "Authorization", "Bearer of-the-client"}
	if status, _ := s.Post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`, h...); status != http.StatusAccepted {
		s.T.Fatalf("status %d", status)
	}
	return h
}
