package front

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/front/fronttest"
)

// newLocal returns a front for programs of this machine, and what sends it a request with headers.
func newLocal(t *testing.T) (*Front, func(method, body string, header ...string) *httptest.ResponseRecorder) {
	t.Helper()
	c := Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7}, NoToken: true}
	f := must(New(c, map[string]Server{DefaultPath: fronttest.Unguarded(newServer())}))
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
		r := must(http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		for i := 0; i < len(header); i += 2 {
			r.Header.Add(header[i], header[i+1])
		}
		resp := must(http.DefaultClient.Do(r))
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

// A second initialize of a session is refused, on stdio and over HTTP: the client stays one that can
// ask its user, and the session goes on.
func TestSecondInitialize(t *testing.T) {
	s := newBank()
	steps := []struct{ message, want string }{
		{strings.Replace(initialize, `"capabilities":{}`, `"capabilities":{"elicitation":{}}`, 1), `"id":1,"result"`},
		{strings.Replace(initialize, `"id":1`, `"id":2`, 1), `"id":2,"error":{"code":-32600,"message":"the session is initialized already: begin a new one"}`},
		{`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"pay","arguments":{"n":1,"__confirmed":true}}}`, `"method":"elicitation/create"`},
	}
	in, w := io.Pipe()
	answers, done := make(chan string, 8), make(chan error, 1)
	go func() { done <- ServeStdio(t.Context(), s, in, lineWriter(answers), nil) }()
	url, session := startServer(t, Config{NoToken: true}, s), ""
	for _, step := range steps {
		fmt.Fprintln(w, step.message)
		if got := <-answers; !strings.Contains(got, step.want) {
			t.Errorf("on stdio: got %s, want %s", got, step.want)
		}
		r := must(http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(step.message)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		if session != "" {
			r.Header.Set("Mcp-Session-Id", session)
		}
		resp := must(http.DefaultClient.Do(r))
		session = resp.Header.Get("Mcp-Session-Id")
		lines, got := bufio.NewScanner(resp.Body), ""
		for !strings.Contains(got, step.want) && lines.Scan() { // the stream of a question stays open
			got += lines.Text()
		}
		resp.Body.Close()
		if !strings.Contains(got, step.want) {
			t.Errorf("over HTTP: got %s, want %s", got, step.want)
		}
	}
	fmt.Fprintln(w, `{"jsonrpc":"2.0","id":1,"result":{"action":"decline"}}`)
	if got := <-answers; !strings.Contains(got, "did not agree") {
		t.Errorf("declined: %s", got)
	}
	w.Close()
	noError(t, <-done)
}

// TestInitializeIsBounded checks how much a client may say of itself, which its session keeps.
func TestInitializeIsBounded(t *testing.T) {
	_, send := newLocal(t)
	begin := func(size int) *httptest.ResponseRecorder {
		return send("POST", strings.Replace(initialize, `"name":"t"`, `"name":"`+strings.Repeat("x", size-len(initialize)+1)+`"`, 1))
	}
	if w := begin(64 << 10); w.Code != http.StatusOK {
		t.Errorf("initialize of the limit: %d %s", w.Code, w.Body)
	}
	if w := begin(64<<10 + 1); w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "65536 bytes") {
		t.Errorf("initialize beyond the limit: %d %s", w.Code, w.Body)
	}
}

// TestHeadsSayOneThing checks that a message is refused if other programs could read another one in
// the same request.
func TestHeadsSayOneThing(t *testing.T) {
	f, send := newLocal(t)
	id := send("POST", initialize).Header().Get("Mcp-Session-Id")
	other := send("POST", initialize).Header().Get("Mcp-Session-Id")
	for name, tt := range map[string]struct {
		header []string
		status int
	}{
		"as it is":       {nil, 200},
		"identity":       {[]string{"Content-Encoding", "identity"}, 415},
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
		r := httptest.NewRequest("POST", "http://127.0.0.1:7"+DefaultPath, strings.NewReader(initialize))
		r.Header.Set("Content-Type", "application/json; charset="+charset)
		w := httptest.NewRecorder()
		if f.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: %d %s", charset, w.Code, w.Body)
		}
	}
}
