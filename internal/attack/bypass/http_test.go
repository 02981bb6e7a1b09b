package bypass

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// site is a gateway over HTTP with the grants alice, who may call everything, and mallory, who may
// call read.
type site struct {
	*gate
	url            string
	alice, mallory string // tokens
	session        string // of alice
}

// allowAll is the policy of sites: grants decide.
const allowAll = "version: 1\ntools: {read: {}, pay: {}}\nupstream: {sampling: allow, elicitation: allow}\n"

func newSite(t *testing.T) *site {
	t.Helper()
	grants := filepath.Join(t.TempDir(), "grants.json")
	s := &site{}
	s.alice, s.mallory = grant(t, grants, "alice"), grant(t, grants, "mallory", "--tools", "read")
	s.gate = newGate(t, allowAll, "--http", "127.0.0.1:0", "--grants", grants)
	s.url = s.waitLog("MCP at ")
	s.session = s.open(s.alice)
	return s
}

// grant adds a grant and returns its token.
func grant(t *testing.T, file, name string, more ...string) string {
	t.Helper()
	g := &gate{t: t, dir: filepath.Dir(file)}
	return strings.TrimSpace(g.run(append([]string{"grant", "add", "--grants", file, name}, more...)...))
}

const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"sampling":{},"elicitation":{}},"clientInfo":{"name":"c","version":"1"}}}`

// open begins a session.
func (s *site) open(token string) string {
	s.t.Helper()
	r := s.do("POST", hello, "Authorization", "Bearer "+token)
	id := r.header.Get("Mcp-Session-Id")
	if id == "" {
		s.t.Fatalf("no session: %d %s; %s", r.status, r.body, s.log())
	}
	s.do("POST", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, "Authorization", "Bearer "+token, "Mcp-Session-Id", id)
	return id
}

// reply is an HTTP response.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request with headers, of which a name may come twice.
func (s *site) do(method, body string, header ...string) reply {
	s.t.Helper()
	return s.at(s.url, method, body, header...)
}

func (s *site) at(url, method, body string, header ...string) reply {
	s.t.Helper()
	resp := s.start(url, method, body, header...)
	defer resp.Body.Close()
	text := must.Get(io.ReadAll(io.LimitReader(resp.Body, 1<<20)))
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// start sends a request and returns its answer as it comes.
func (s *site) start(url, method, body string, header ...string) *http.Response {
	s.t.Helper()
	r := must.Get(http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(header); i += 2 {
		switch header[i] {
		case "Host":
			r.Host = header[i+1]
		default:
			r.Header.Add(header[i], header[i+1])
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r) // no redirect is followed
	if err != nil {
		s.t.Fatal(err)
	}
	return resp
}

// modern is a stateless call of a tool, and its headers.
func modern(tool, extra string) (body string, header []string) {
	body = fmt.Sprintf(`{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":%q,"arguments":{"x":"FORBIDDEN"}%s,`+
		`"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"m","version":"1"}}}}`, tool, extra)
	return body, []string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", tool}
}

// TestHTTP tries to act on another grant, and to pass without a valid credential. Nothing of it
// reaches a server, and the audit has each attempt.
func TestHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const read = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read","arguments":{"x":"FORBIDDEN"}}}`
	const pay = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"pay","arguments":{"x":"FORBIDDEN"}}}`
	bearer := "Bearer " + s.mallory
	own := s.open(s.mallory)
	auth := []string{"Authorization", bearer}
	in := func(session string, more ...string) []string {
		return append([]string{"Authorization", bearer, "Mcp-Session-Id", session}, more...)
	}
	paying, header := modern("pay", "")
	reading, readHeader := modern("read", "")
	type attempt struct {
		name, method, body string
		header             []string
		url                string
	}
	all := []attempt{
		{"a call in the session of another", "POST", read, in(s.session), ""},
		{"an answer in the session of another", "POST", `{"jsonrpc":"2.0","id":1,"result":{"action":"accept","content":{"x":"FORBIDDEN"}}}`, in(s.session), ""},
		{"a cancellation in the session of another", "POST", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"FORBIDDEN"}}`, in(s.session), ""},
		{"the end of the session of another", "DELETE", "", in(s.session), ""},
		{"the stream of another", "GET", "", in(s.session, "Accept", "text/event-stream"), ""},
		{"the events of another", "GET", "", in(s.session, "Last-Event-ID", "1"), ""},
		{"two sessions", "POST", read, in(own, "Mcp-Session-Id", s.session), ""},
		{"two sessions in one header", "POST", read, in(own + ", " + s.session), ""},
		{"a tool that the grant does not cover", "POST", pay, in(own), ""},
		{"the same without a session", "POST", paying, append(header, auth...), ""},
		{"the same with the session of another", "POST", paying, append(header, in(s.session)...), ""},
		{"the header names another tool", "POST", paying, append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "read"}, auth...), ""},
		{"two names", "POST", reading, append(append(readHeader, "Mcp-Name", "pay"), auth...), ""},
		{"names in one header", "POST", paying, append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "pay, read"}, auth...), ""},
		{"an escaped name", "POST", paying, append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "p%61y"}, auth...), ""},
		{"two methods", "POST", reading, append(append(readHeader, "Mcp-Method", "tools/list"), auth...), ""},
		{"a method of another case", "POST", reading, append([]string{"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "TOOLS/CALL", "Mcp-Name", "read"}, auth...), ""},
		{"two revisions", "POST", reading, append(append(readHeader, "Mcp-Protocol-Version", "2025-11-25"), auth...), ""},
		{"two tokens", "POST", pay, []string{"Authorization", bearer, "Authorization", "Bearer " + s.alice + "x", "Mcp-Session-Id", own}, ""},
		{"two tokens in one header", "POST", pay, []string{"Authorization", bearer + ", Bearer " + s.alice, "Mcp-Session-Id", own}, ""},
		{"a token with a letter more", "POST", read, []string{"Authorization", "Bearer " + s.alice + "a", "Mcp-Session-Id", s.session}, ""},
		{"a token with a letter less", "POST", read, []string{"Authorization", "Bearer " + s.alice[:len(s.alice)-1], "Mcp-Session-Id", s.session}, ""},
		{"a token in capitals", "POST", read, []string{"Authorization", "Bearer " + strings.ToUpper(s.alice), "Mcp-Session-Id", s.session}, ""},
		{"the name instead of the token", "POST", read, []string{"Authorization", "Bearer alice", "Mcp-Session-Id", s.session}, ""},
		{"an empty token", "POST", read, []string{"Authorization", "Bearer ", "Mcp-Session-Id", s.session}, ""},
		{"another scheme", "POST", read, []string{"Authorization", "Basic " + s.alice, "Mcp-Session-Id", s.session}, ""},
		{"a token in the URL", "POST", read, []string{"Mcp-Session-Id", s.session}, s.url + "?access_token=" + s.alice},
		{"a token in a cookie", "POST", read, []string{"Cookie", "token=" + s.alice, "Mcp-Session-Id", s.session}, ""},
		{"a token of a proxy", "POST", read, []string{"Proxy-Authorization", "Bearer " + s.alice, "Mcp-Session-Id", s.session}, ""},
		{"no token", "POST", read, []string{"Mcp-Session-Id", s.session}, ""},
		{"a foreign Host", "POST", read, in(own, "Host", "evil.example"), ""},
		{"a page of another origin", "POST", read, in(own, "Origin", "https://evil.example"), ""},
		{"a page without an origin", "POST", read, in(own, "Origin", "null"), ""},
		{"another media type", "POST", read, []string{"Authorization", bearer, "Mcp-Session-Id", own, "Content-Type", "text/plain"}, ""},
		{"a compressed body", "POST", read, in(own, "Content-Encoding", "gzip"), ""},
		{"another path", "POST", read, in(own), s.url + "x"},
	}
	for _, a := range all {
		before, at := s.denials(), len(s.read("seen"))
		url := s.url
		if a.url != "" {
			url = a.url
		}
		resp := s.start(url, a.method, a.body, a.header...)
		status := resp.StatusCode
		text := ""
		if status < 400 && a.method != "GET" || status >= 400 {
			data, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // what there is
			text = string(data)
		}
		resp.Body.Close()
		if status < 400 && !strings.Contains(text, `"error"`) && !strings.Contains(text, `"isError":true`) {
			t.Errorf("%s: status %d %.300s", a.name, status, text)
		}
		if new := s.read("seen")[at:]; strings.Contains(new, "FORBIDDEN") {
			t.Errorf("%s: reached the server as %.400s", a.name, new)
		}
		if n := s.denials() - before; n != 1 && a.name != "another path" {
			t.Errorf("%s: status %d, has %d denials in the audit: %s", a.name, status, n, text)
		}
	}
	if r := s.do("POST", strings.Replace(read, "FORBIDDEN", "fine", 1), "Authorization", "Bearer "+s.alice, "Mcp-Session-Id", s.session); r.status != 200 || !strings.Contains(r.body, "did read") {
		t.Errorf("the session of alice afterwards: %d %s", r.status, r.body)
	}
	s.records()
}

// TestProgressTokens lets two grants use the same id and progress token at the same time. Each gets
// its own answer, and nothing of the other.
func TestProgressTokens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.write("wait", "")
	body, header := modern("read", "")
	type result struct{ who, text string }
	got := make(chan result, 2)
	for who, token := range map[string]string{"alice": s.alice, "mallory": s.mallory} {
		go func() {
			text := strings.Replace(strings.Replace(body, "FORBIDDEN", "of-"+who, 1), `"_meta":{`, `"_meta":{"progressToken":"same",`, 1)
			resp := s.start(s.url, "POST", text, append([]string{"Authorization", "Bearer " + token}, header...)...)
			defer resp.Body.Close()
			data, _ := io.ReadAll(resp.Body)
			got <- result{who, string(data)}
		}()
	}
	for s.seen("of-alice") == 0 || s.seen("of-mallory") == 0 {
		select {
		case r := <-got:
			t.Fatalf("%s was answered early: %s", r.who, r.text)
		default:
		}
	}
	remove(t, s.file("wait"))
	for range 2 {
		if r := <-got; strings.Count(r.text, "did read") != 1 || !strings.Contains(r.text, `"id":5`) {
			t.Errorf("%s got %s", r.who, r.text)
		}
	}
}

// TestExpiredGrant uses a grant until it expires: then neither its token nor its session nor its
// open stream is of use, also with the clock set back.
func TestExpiredGrant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	file := s.args[len(s.args)-3]
	token := grant(t, file, "brief", "--expires", "2s")
	session := s.open(token)
	stream := s.start(s.url, "GET", "", "Authorization", "Bearer "+token, "Mcp-Session-Id", session)
	if stream.StatusCode != http.StatusOK {
		t.Fatalf("status %d", stream.StatusCode)
	}
	for r := bufio.NewReader(stream.Body); ; { // until the stream ends
		if _, err := r.ReadString('\n'); err != nil {
			break
		}
	}
	stream.Body.Close()
	const read = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read","arguments":{"x":"FORBIDDEN"}}}`
	if r := s.do("POST", read, "Authorization", "Bearer "+token, "Mcp-Session-Id", session); r.status != http.StatusUnauthorized {
		t.Errorf("with the session: %d %s", r.status, r.body)
	}
	if r := s.do("POST", hello, "Authorization", "Bearer "+token); r.status != http.StatusUnauthorized {
		t.Errorf("a new session: %d %s", r.status, r.body)
	}
	if s.seen("FORBIDDEN") > 0 {
		t.Error("a call of the expired grant reached the server")
	}
}
