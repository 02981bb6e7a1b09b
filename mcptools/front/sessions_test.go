package front

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/server"
)

// newLocal returns a front for programs of this machine, and what sends it a request with headers.
func newLocal(t *testing.T) (*Front, func(method, body string, header ...string) *httptest.ResponseRecorder) {
	t.Helper()
	c := Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}, NoToken: true}
	f, err := New(c, map[string]*server.MCPServer{DefaultPath: newServer()})
	if err != nil {
		t.Fatal(err)
	}
	return f, func(method, body string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:7"+DefaultPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w
	}
}

// TestStreamsBelongToSessions checks that a stream is opened for a session of the server, and for
// no other id, so that a client hears that its session has ended.
func TestStreamsBelongToSessions(t *testing.T) {
	url := start(t, Config{NoToken: true})
	get := func(method, body string, header ...string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	id := get("POST", initialize).Header.Get("Mcp-Session-Id")
	if s := get("GET", "", "Mcp-Session-Id", id).StatusCode; s != http.StatusOK {
		t.Fatalf("the stream of a session: %d", s)
	}
	for name, tt := range map[string]struct {
		header []string
		status int
	}{
		"no session":       {nil, http.StatusBadRequest},
		"an empty id":      {[]string{"Mcp-Session-Id", ""}, http.StatusBadRequest},
		"an unknown id":    {[]string{"Mcp-Session-Id", "mcp-session-00000000-0000-0000-0000-000000000000"}, http.StatusNotFound},
		"half an id":       {[]string{"Mcp-Session-Id", id[:10]}, http.StatusNotFound},
		"without sessions": {[]string{"Mcp-Protocol-Version", "2026-07-28"}, http.StatusMethodNotAllowed},
	} {
		if s := get("GET", "", tt.header...).StatusCode; s != tt.status {
			t.Errorf("%s: %d, want %d", name, s, tt.status)
		}
	}
	get("DELETE", "", "Mcp-Session-Id", id)
	for _, method := range []string{"GET", "POST"} {
		if s := get(method, `{"jsonrpc":"2.0","id":2,"method":"ping"}`, "Mcp-Session-Id", id).StatusCode; s != http.StatusNotFound {
			t.Errorf("%s in a session that has ended: %d", method, s)
		}
	}
}

// TestSessionsAreBounded checks the bounds of what sessions keep: how many there are, and how much
// a client says of itself.
func TestSessionsAreBounded(t *testing.T) {
	f, send := newLocal(t)
	var ids []string
	for range 2 {
		ids = append(ids, send("POST", initialize).Header().Get("Mcp-Session-Id"))
	}
	if n := f.sessions.Load(); n != 2 || ids[0] == ids[1] {
		t.Fatalf("%d sessions are counted: %v", n, ids)
	}
	f.sessions.Add(maxSessions - 2)
	escaped := strings.Replace(initialize, "initialize", `\u0069nitialize`, 1)
	for _, body := range []string{initialize, escaped} {
		if w := send("POST", body); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "sessions are open") {
			t.Errorf("one session more: %d %s", w.Code, w.Body)
		}
	}
	if w := send("POST", `{"jsonrpc":"2.0","id":2,"method":"ping"}`, "Mcp-Session-Id", ids[0]); w.Code != http.StatusOK {
		t.Errorf("a call in a session: %d %s", w.Code, w.Body)
	}
	for range 2 { // the second ends nothing
		send("DELETE", "", "Mcp-Session-Id", ids[1])
	}
	if w := send("POST", initialize); w.Code != http.StatusOK {
		t.Errorf("after the end of a session: %d %s", w.Code, w.Body)
	}
	if w := send("POST", initialize); w.Code != http.StatusServiceUnavailable {
		t.Errorf("one session more than were ended: %d", w.Code)
	}
	f.sessions.Store(2)
	room := strings.Repeat(" ", maxInitialize-len(initialize))
	if w := send("POST", initialize+room); w.Code != http.StatusOK {
		t.Errorf("initialize of the limit: %d %s", w.Code, w.Body)
	}
	if w := send("POST", initialize+room+" "); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "65536 bytes") {
		t.Errorf("initialize beyond the limit: %d %s", w.Code, w.Body)
	}
	if w := send("POST", `{"jsonrpc":"2.0","id":2,"method":"ping"}`+room+" ", "Mcp-Session-Id", ids[0]); w.Code != http.StatusOK {
		t.Errorf("another message of that size: %d %s", w.Code, w.Body)
	}
}

// TestHeadsSayOneThing checks that a message is refused if other programs could read another one in
// the same request.
func TestHeadsSayOneThing(t *testing.T) {
	_, send := newLocal(t)
	id := send("POST", initialize).Header().Get("Mcp-Session-Id")
	other := send("POST", initialize).Header().Get("Mcp-Session-Id")
	for name, tt := range map[string]struct {
		header []string
		status int
	}{
		"as it is":       {nil, 200},
		"identity":       {[]string{"Content-Encoding", "Identity"}, 200},
		"gzip":           {[]string{"Content-Encoding", "gzip"}, 415},
		"after identity": {[]string{"Content-Encoding", "identity", "Content-Encoding", "br"}, 415},
		"two types":      {[]string{"Content-Type", "text/plain"}, 415},
		"two sessions":   {[]string{"Mcp-Session-Id", other}, 400},
	} {
		if w := send("POST", `{"jsonrpc":"2.0","id":2,"method":"ping"}`, append([]string{"Mcp-Session-Id", id}, tt.header...)...); w.Code != tt.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for charset, status := range map[string]int{"UTF-8": 200, "utf-16": 415, "iso-8859-1": 415} {
		header := http.Header{"Content-Type": {"application/json; charset=" + charset}}
		if got, why := checkHead(header); max(got, 200) != status {
			t.Errorf("%s: %d %s", charset, got, why)
		}
	}
}
