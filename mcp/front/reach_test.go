package front

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/front/fronttest"
	"github.com/spectap/spectap/mcp/handler"
)

// TestRefusedRequestsReachNoServer checks that only an allowed request reaches the MCP server, and
// what the others get.
func TestRefusedRequestsReachNoServer(t *testing.T) {
	const token = "0123456789abcdef"
	const own = "http://127.0.0.1:7"
	for _, tt := range []struct {
		name    string
		noToken bool
		method  string
		host    string
		header  []string
		body    io.Reader
		length  int64
		status  int
		want    string // in the response, or the caller that the server sees
	}{
		{"allowed", false, "POST", "", []string{"Authorization: Bearer " + token}, strings.NewReader("{}"), -1, 200, "token-9f9f5111"},
		{"lower case", false, "POST", "", []string{"Authorization: bearer  " + token}, strings.NewReader("{}"), -1, 200, "token-9f9f5111"},
		{"without a token", true, "POST", "", nil, strings.NewReader("{}"), -1, 200, "local"},
		{"get", true, "GET", "", nil, nil, 0, 200, "local"},
		{"body of the limit", true, "POST", "", nil, strings.NewReader(strings.Repeat(" ", 100)), 100, 200, "local"},
		{"undeclared body of the limit", true, "POST", "", nil, strings.NewReader(strings.Repeat(" ", 100)), -1, 200, "local"},
		{"own origin", true, "POST", "", []string{"Origin: " + own}, nil, 0, 200, "local"},
		{"listed origin", true, "POST", "", []string{"Origin: https://tap.example"}, nil, 0, 200, "local"},
		{"listed host", true, "POST", "tap.example", nil, nil, 0, 200, "local"},
		{"listed host in capitals", true, "POST", "TAP.example:99", nil, nil, 0, 200, "local"},
		{"listed host and port", true, "POST", "port.example:99", nil, nil, 0, 200, "local"},
		{"listed host and another port", true, "POST", "port.example:98", nil, nil, 0, 403, "this Host"},
		{"ipv4 in ipv6", true, "POST", "[::ffff:127.0.0.1]:7", nil, nil, 0, 200, "local"},
		{"other host", true, "POST", "evil.example:7", nil, nil, 0, 403, "this Host"},
		{"no host", true, "POST", "-", nil, nil, 0, 403, "this Host"},
		{"other origin", true, "POST", "", []string{"Origin: https://127.0.0.1:7"}, nil, 0, 403, "this origin"},
		{"no origin, of another site", true, "GET", "", []string{"Sec-Fetch-Site: cross-site"}, nil, 0, 403, "this origin"},
		{"listed origin, of another site", true, "POST", "", []string{"Origin: https://tap.example", "Sec-Fetch-Site: cross-site"}, nil, 0, 200, "local"},
		{"own origin twice", true, "POST", "", []string{"Origin: " + own, "Origin: " + own}, nil, 0, 403, "this origin"},
		{"own origin and another", true, "POST", "", []string{"Origin: " + own, "Origin: http://evil.example"}, nil, 0, 403, "this origin"},
		{"no token", false, "POST", "", nil, nil, 0, 401, "bearer token"},
		{"another scheme", false, "POST", "", []string{"Authorization: Basic " + token}, nil, 0, 401, "bearer token"},
		{"token alone", false, "POST", "", []string{"Authorization: " + token}, nil, 0, 401, "bearer token"},
		{"scheme twice", false, "POST", "", []string{"Authorization: Bearer Bearer " + token}, nil, 0, 401, "bearer token"},
		{"quoted token", false, "POST", "", []string{`Authorization: Bearer "` + token + `"`}, nil, 0, 401, "bearer token"},
		{"no blank", false, "POST", "", []string{"Authorization: Bearer" + token}, nil, 0, 401, "bearer token"},
		{"list of tokens", false, "POST", "", []string{"Authorization: Bearer x, Bearer " + token}, nil, 0, 401, "bearer token"},
		{"comma after it", false, "POST", "", []string{"Authorization: Bearer " + token + ","}, nil, 0, 401, "bearer token"},
		{"two headers", false, "POST", "", []string{"Authorization: Bearer x", "Authorization: Bearer " + token}, nil, 0, 401, "bearer token"},
		{"token of a proxy", false, "POST", "", []string{"Proxy-Authorization: Bearer " + token, "X-Forwarded-Access-Token: " + token, "Cookie: access_token=" + token}, nil, 0, 401, "bearer token"},
		{"empty token", false, "POST", "", []string{"Authorization: Bearer "}, nil, 0, 401, "bearer token"},
		{"declared body above the limit", true, "GET", "", nil, strings.NewReader(""), 101, 413, "100 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Config{
				Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}, NoToken: tt.noToken, MaxBody: 100,
				Hosts: []string{"tap.example", "port.example:99"}, Origins: []string{"https://tap.example/"},
			}
			if !tt.noToken {
				c.Token = token
			}
			f := must(New(c, map[string]Server{DefaultPath: fronttest.Unguarded(newServer())}))
			reached := 0
			f.mux = http.NewServeMux()
			f.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				reached++
				io.WriteString(w, handler.Caller(r.Context()))
			})
			r := httptest.NewRequest(tt.method, own+DefaultPath, tt.body)
			r.ContentLength = tt.length
			switch tt.host {
			case "":
			case "-":
				r.Host = ""
			default:
				r.Host = tt.host
			}
			for _, line := range tt.header {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Add(name, value)
			}
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if (reached == 1) != (tt.status == 200) || reached > 1 {
				t.Errorf("the server was reached %d times", reached)
			}
			if tt.status == 200 && w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("the response has no nosniff")
			}
			if (tt.status == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
}

// TestRefusalIsLogged checks that the log names the reason of a refusal, and not the token.
func TestRefusalIsLogged(t *testing.T) {
	var out bytes.Buffer
	c := Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}, Token: "0123456789abcdef", Log: slog.New(slog.NewTextHandler(&out, nil))}
	f := must(New(c, map[string]Server{DefaultPath: fronttest.Unguarded(newServer())}))
	r := httptest.NewRequest("POST", "http://127.0.0.1:7/mcp", nil)
	r.Header.Set("Authorization", "Bearer fedcba9876543210")
	f.ServeHTTP(httptest.NewRecorder(), r)
	if got := out.String(); !strings.Contains(got, "status=401") || !strings.Contains(got, "bearer token") || strings.Contains(got, "fedcba") {
		t.Errorf("logged %q", got)
	}
}

// TestPagesOfListedOrigins checks what a browser needs to let a page of a listed origin call: the
// answer to a preflight, which has no token, and headers that let the page read each answer. Pages
// of other origins get neither.
func TestPagesOfListedOrigins(t *testing.T) {
	const token, page = "0123456789abcdef", "http://localhost:6274"
	c := Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}, Token: token, Origins: []string{page + "/"}}
	f := must(New(c, map[string]Server{DefaultPath: fronttest.Unguarded(newServer())}))
	for _, tt := range []struct {
		name, method, header string
		status               int
		shared               bool
	}{
		{"preflight", "OPTIONS", "Origin: " + page + "|Sec-Fetch-Site: same-site|Access-Control-Request-Method: POST|Access-Control-Request-Headers: x-own", 204, true},
		{"preflight of another origin", "OPTIONS", "Origin: http://localhost:6275|Access-Control-Request-Method: POST", 403, false},
		{"preflight of another host", "OPTIONS", "Host: evil.example|Origin: " + page + "|Access-Control-Request-Method: POST", 403, false},
		{"preflight of the own origin", "OPTIONS", "Origin: http://127.0.0.1:7|Access-Control-Request-Method: POST", 401, false},
		{"options", "OPTIONS", "Origin: " + page, 401, true},
		{"without a token", "POST", "Origin: " + page, 401, true},
		{"initialize", "POST", "Origin: " + page + "|Authorization: Bearer " + token, 200, true},
		{"no page", "POST", "Authorization: Bearer " + token, 200, false},
	} {
		r := httptest.NewRequest(tt.method, "http://127.0.0.1:7"+DefaultPath, strings.NewReader(
			`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		for line := range strings.SplitSeq(tt.header, "|") {
			name, value, _ := strings.Cut(line, ": ")
			if r.Header.Set(name, value); name == "Host" {
				r.Host = value
			}
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		h := w.Header()
		want := map[string]string{}
		if tt.shared {
			want = map[string]string{"Access-Control-Allow-Origin": page, "Access-Control-Expose-Headers": "Mcp-Session-Id", "Vary": "Origin"}
		}
		if tt.status == 204 {
			want["Access-Control-Allow-Methods"] = "DELETE"
			for _, name := range []string{"Authorization", "Content-Type", "Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-ID", "x-own"} {
				if !strings.Contains(h.Get("Access-Control-Allow-Headers"), name) {
					t.Errorf("%s: the page may not send %s", tt.name, name)
				}
			}
		}
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.name, w.Code, tt.status, w.Body)
		}
		for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Allow-Methods", "Vary"} {
			if got := h.Get(name); !strings.Contains(got, want[name]) || (got == "") != (want[name] == "") {
				t.Errorf("%s: %s %q, want %q", tt.name, name, got, want[name])
			}
		}
	}
	for _, bad := range []string{"localhost:6274", "*", "http://localhost:6274/app", "localhost", ""} {
		c.Origins = []string{bad}
		if _, err := New(c, map[string]Server{DefaultPath: fronttest.Unguarded(newServer())}); err == nil {
			t.Errorf("origin %q is accepted, and no page has it", bad)
		}
	}
}
