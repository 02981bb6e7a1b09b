package mcptools

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/handler"
)

// overHTTP connects a client of a protocol version through a Front.
func overHTTP(t *testing.T, url, token, revision string) *client.Client {
	t.Helper()
	tr := must(transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token})))
	cl := client.NewClient(tr)
	t.Cleanup(func() { cl.Close() })
	noError(t, cl.Start(t.Context()))
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = revision
	must(cl.Initialize(t.Context(), hello))
	return cl
}

// serveHTTP serves s over HTTP and returns its URL.
func serveHTTP(t *testing.T, s front.Server, c front.Config) string {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	c.Addr = l.Addr()
	f := must(front.New(c, map[string]front.Server{front.DefaultPath: s}))
	ctx, cancel := context.WithCancel(context.Background()) // the clients end before it
	done := make(chan error, 1)
	go func() { done <- f.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); <-done })
	return "http://" + l.Addr().String() + front.DefaultPath
}

// endSession ends a session. The library's client does not send the token when it ends a session.
func endSession(t *testing.T, url, token, session string) {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodDelete, url, nil))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Mcp-Session-Id", session)
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode >= 300 {
		t.Fatal(res, err)
	}
	res.Body.Close()
}

// Each session has its own variables. Requests without a session share the variables of their
// token.
func TestVariablesAreSeparate(t *testing.T) {
	seen := make(chan string, 1)
	echo := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Get("X-Value") }))
	defer echo.Close()
	out := must(egress.New(egress.Config{Named: []string{echo.URL}}))
	defer out.Close()
	st := newStore(t, answered(newFlow("GET", "http", strings.TrimPrefix(echo.URL, "http://"), "/a", ""), 200, "", ""))
	srv := must(New(Config{
		Store: st, Documents: documentsOf(st), Redact: redact.New([]byte("k"), redact.Config{}), Principal: handler.Caller,
		Allow: Allow{Send: &SendConfig{Client: out, Origins: []string{echo.URL}}},
	}))
	token := front.NewToken()
	url := serveHTTP(t, srv, front.Config{Token: token})

	call := func(cl *client.Client, tool string, args object) {
		t.Helper()
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = tool, args
		res, err := cl.CallTool(t.Context(), r)
		if err != nil || res.IsError {
			t.Fatalf("%s: %v, %+v", tool, err, res)
		}
	}
	sends := func(cl *client.Client) string {
		t.Helper()
		call(cl, "replay_flow", object{"flow_id": 1, "headers_json": `{"X-Value": "$tok"}`})
		return <-seen
	}
	for _, c := range []struct {
		revision    string
		first, next string // what each of two clients sends after both set the variable
	}{{"2025-11-25", "of the first", "of the second"}, {"2026-07-28", "of the second", "of the second"}} {
		first, next := overHTTP(t, url, token, c.revision), overHTTP(t, url, token, c.revision)
		call(first, "set_session_variable", object{"name": "tok", "value": "of the first"})
		if got, want := sends(next), map[bool]string{true: "$tok", false: "of the first"}[c.first != c.next]; got != want {
			t.Errorf("%s: another client sends %q, want %q", c.revision, got, want)
		}
		call(next, "set_session_variable", object{"name": "tok", "value": "of the second"})
		if got := sends(first); got != c.first {
			t.Errorf("%s: the first client sends %q, want %q", c.revision, got, c.first)
		}
		if got := sends(next); got != c.next {
			t.Errorf("%s: the second client sends %q, want %q", c.revision, got, c.next)
		}
		if id := first.GetTransport().GetSessionId(); id != "" {
			endSession(t, url, token, id)
		}
	}
	if n := srv.service.send.Callers(); n != 2 {
		t.Errorf("%d callers have variables, want the second session and the token", n)
	}
}
