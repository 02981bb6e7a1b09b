package front

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcp/front/fronttest"
	"github.com/spectap/spectap/mcp/handler"
)

func newServer() *server.MCPServer {
	m := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	m.AddTool(mcp.NewTool("who"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(handler.Caller(ctx)), nil
	})
	m.AddTool(mcp.NewTool("key"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(handler.Header(ctx).Get("X-API-Key")), nil
	})
	m.AddTool(mcp.NewTool("panic"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		panic("secret of the server")
	})
	m.AddTool(mcp.NewTool("ask"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		a, err := m.RequestElicitation(ctx, mcp.ElicitationRequest{Params: mcp.ElicitationParams{
			Message: "?", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
		}})
		if err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		return mcp.NewToolResultText(string(a.Action)), nil
	})
	return m
}

// start serves a test server on loopback and returns the URL of its endpoint.
func start(t *testing.T, c Config) string {
	t.Helper()
	return startServer(t, c, fronttest.Unguarded(newServer()))
}

func startServer(t *testing.T, c Config, s Server) string {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	c.Addr = l.Addr()
	f := must(New(c, map[string]Server{DefaultPath: s}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String() + DefaultPath
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`

func TestRefused(t *testing.T) {
	token := NewToken()
	url := start(t, Config{Token: token, Origins: []string{"https://inspector.example"}, Hosts: []string{"tap.example"}, MaxBody: 1000})
	own := strings.TrimSuffix(url, DefaultPath)
	port := own[strings.LastIndex(own, ":"):]
	for _, x := range []struct {
		name, host, origin, token string
		body                      string
		want                      int
	}{
		{"token", "", "", token, initialize, 200},
		{"localhost", "localhost" + port, "", token, initialize, 200},
		{"ipv6 loopback", "[::1]" + port, "", token, initialize, 200},
		{"named host", "tap.example", "", token, initialize, 200},
		{"own origin", "", own, token, initialize, 200},
		{"listed origin", "", "https://inspector.example", token, initialize, 200},
		{"rebound name", "evil.example" + port, "", token, initialize, 403},
		{"rebound name with its origin", "evil.example" + port, "http://evil.example" + port, token, initialize, 403},
		{"foreign page", "", "http://evil.example", token, initialize, 403},
		{"page of another port", "", "http://127.0.0.1:1", token, initialize, 403},
		{"null", "", "null", token, initialize, 403},
		{"other address", "10.0.0.1" + port, "", token, initialize, 403},
		{"no token", "", "", "", initialize, 401},
		{"wrong token", "", "", token + "x", initialize, 401},
		{"half a token", "", "", token[:10], initialize, 401},
		{"too large", "", "", token, initialize + strings.Repeat(" ", 1000), 413},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := must(http.NewRequest("POST", url, strings.NewReader(x.body)))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json, text/event-stream")
			if x.host != "" {
				r.Host = x.host
			}
			if x.origin != "" {
				r.Header.Set("Origin", x.origin)
			}
			if x.token != "" {
				r.Header.Set("Authorization", "Bearer "+x.token)
			}
			resp := must(http.DefaultClient.Do(r))
			resp.Body.Close()
			if resp.StatusCode != x.want {
				t.Errorf("status %d, want %d", resp.StatusCode, x.want)
			}
		})
	}
}

// A body without a Content-Length is limited too.
func TestBodyWithoutLength(t *testing.T) {
	url := start(t, Config{NoToken: true, MaxBody: 1000})
	r := must(http.NewRequest("POST", url, struct{ *strings.Reader }{strings.NewReader(initialize + strings.Repeat(" ", 5000))}))
	r.Header.Set("Content-Type", "application/json")
	resp := must(http.DefaultClient.Do(r))
	resp.Body.Close()
	if resp.StatusCode < 400 {
		t.Errorf("accepted with %d", resp.StatusCode)
	}
}

// TestEras calls tools with both protocol versions, and asks the user with the older one.
func TestEras(t *testing.T) {
	token := NewToken()
	url := start(t, Config{Token: token})
	for _, opts := range [][]client.ClientOption{nil, {client.WithProtocolVersion(mcp.LATEST_LEGACY_PROTOCOL_VERSION)}} {
		tr := must(transport.NewStreamableHTTP(url, transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + token})))
		c := client.NewClient(tr, append(opts, client.WithElicitationHandler(agree{}))...)
		ctx := context.Background()
		noError(t, c.Start(ctx))
		must(c.Initialize(ctx, mcp.InitializeRequest{}))
		sum := sha256.Sum256([]byte(token))
		if got := callText(t, c, "who"); got != fmt.Sprintf("token-%x", sum[:4]) {
			t.Errorf("%s: caller %q", c.ProtocolVersion(), got)
		}
		if opts != nil {
			if got := callText(t, c, "ask"); got != "accept" {
				t.Errorf("asked: %q", got)
			}
		}
		c.Close()
	}
}

type agree struct{}

func (agree) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept}}, nil
}

func callText(t *testing.T, c *client.Client, tool string) string {
	t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name = tool
	res := must(c.CallTool(context.Background(), r))
	return res.Content[0].(mcp.TextContent).Text
}

func TestConfig(t *testing.T) {
	loopback, public := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, &net.TCPAddr{IP: net.IPv4zero, Port: 1}
	one := map[string]Server{"/mcp": fronttest.Unguarded(newServer())}
	for _, x := range []struct {
		name    string
		c       Config
		servers map[string]Server
		want    string // part of the error, or "" for none
	}{
		{"zero", Config{}, one, "listen address is missing"},
		{"neither token nor NoToken", Config{Addr: loopback}, one, "fewer than 16"},
		{"short token", Config{Addr: loopback, Token: "short"}, one, "fewer than 16"},
		{"no token on loopback", Config{Addr: loopback, NoToken: true}, one, ""},
		{"no token in public", Config{Addr: public, NoToken: true}, one, "not loopback"},
		{"token in public", Config{Addr: public, Token: NewToken()}, one, ""},
		{"token and no token", Config{Addr: loopback, Token: NewToken(), NoToken: true}, one, "both Token and NoToken"},
		{"nothing to serve", Config{Addr: loopback, NoToken: true}, nil, "no MCP server"},
		{"token of 15 characters", Config{Addr: loopback, Token: "0123456789abcde"}, one, "fewer than 16"},
		{"token of 16 characters", Config{Addr: loopback, Token: "0123456789abcdef"}, one, ""},
		{"unix socket", Config{Addr: &net.UnixAddr{Name: "/x", Net: "unix"}, NoToken: true}, one, "address /x"},
		{"path with a brace", Config{Addr: loopback, NoToken: true}, map[string]Server{"/{x}": fronttest.Unguarded(newServer())}, "braces"},
		{"odd path", Config{Addr: loopback, NoToken: true}, map[string]Server{"mcp": fronttest.Unguarded(newServer())}, "start with a slash"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, err := New(x.c, x.servers); (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
				t.Errorf("got %v, want %q", err, x.want)
			}
		})
	}
	f := must(New(Config{Addr: public, Token: NewToken()}, one))
	for host, want := range map[string]bool{"192.168.1.5:1": true, "[fd00::1]:1": true, "evil.example:1": false, "localhost:1": true, "192.168.1.5:1.evil.example": false} {
		if f.reach.HostAllowed(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "http://127.0.0.1/other", nil)
	r.Header.Set("Authorization", "bearer "+f.c.Token)
	f.ServeHTTP(w, r)
	if w.Code != 404 {
		t.Errorf("another path: %d", w.Code)
	}
}

// Of several credentials, a proxy in front may have checked another one.
func TestSeveralCredentials(t *testing.T) {
	token := NewToken()
	url := start(t, Config{Token: token})
	for _, sent := range [][]string{
		{"Bearer " + token, "Bearer other"}, {"Bearer other", "Bearer " + token}, {"Bearer " + token, "Bearer " + token},
		{"Bearer other, Bearer " + token}, {"Bearer " + token + ", Bearer other"}, {"Bearer"}, {"Basic " + token}, {token},
	} {
		r := must(http.NewRequest("POST", url+"?token="+token+"&access_token="+token, strings.NewReader(initialize)))
		r.Header["Authorization"] = sent
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		resp := must(http.DefaultClient.Do(r))
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%d credentials, %.12q…: status %d", len(sent), sent[0], resp.StatusCode)
		}
	}
}

// deadlines is a recorder of an answer that notes the deadlines of writing.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// TestAnswersToStrangersAreBounded checks that only the answer to an admitted caller may take any
// time.
func TestAnswersToStrangersAreBounded(t *testing.T) {
	token := NewToken()
	f := must(New(Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, Token: token}, map[string]Server{"/mcp": fronttest.Unguarded(newServer())}))
	for name, change := range map[string]func(*http.Request){
		"admitted": func(*http.Request) {}, "host": func(r *http.Request) { r.Host = "evil.example" },
		"origin": func(r *http.Request) { r.Header.Set("Origin", "null") }, "token": func(r *http.Request) { r.Header.Del("Authorization") },
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:1/mcp", strings.NewReader(initialize))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		change(r)
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		f.ServeHTTP(w, r)
		if unbound := len(w.set) == 1 && w.set[0].IsZero(); unbound != (name == "admitted") || len(w.set) > 1 {
			t.Errorf("%s: the deadlines are %v", name, w.set)
		}
	}
}

// TestServerBounds checks that each phase of a request has a bound, so that slow clients hold no
// connections.
func TestServerBounds(t *testing.T) {
	f := must(New(Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, NoToken: true}, map[string]Server{"/mcp": fronttest.Unguarded(newServer())}))
	s := f.server()
	if s.ReadHeaderTimeout != 10*time.Second || s.ReadTimeout != 2*time.Minute || s.IdleTimeout != 2*time.Minute {
		t.Errorf("header %v, request %v, idle %v", s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout)
	}
	if s.WriteTimeout != time.Minute || s.MaxHeaderBytes != 64<<10 || s.ErrorLog == nil || s.Handler != http.Handler(f) {
		t.Errorf("%+v", s)
	}
}
