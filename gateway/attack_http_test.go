package gateway

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/mirror"
	"github.com/spectap/spectap/mcp/streamable"
)

// TestAttacksOverHTTP sends the attacks of TestAttacks, and those that HTTP adds, in a session and
// without one. The server sees none of them, and the audit has each.
func TestAttacksOverHTTP(t *testing.T) {
	s := newSite(t, attacked, nil, func(c *streamable.Config) { c.MaxMessage = 1 << 20 })
	id, server := s.Begin()
	session := []string{mirror.HeaderSession, id, mirror.HeaderVersion, "2025-11-25"}
	body, header := gatewaytest.Modern("1", "ping", "", "")
	probe := s.Start(body, header...)
	shared := <-s.Servers
	s.Send(shared, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{}}`, gatewaytest.IDOf(t, s.Receive(shared))))
	<-probe

	const denied = `{"jsonrpc":"2.0","id":"after","method":"tools/call","params":{"name":"admin_read"}}`
	inSession := func() { s.Post(denied, session...) }
	inShared := func() {
		body, header := gatewaytest.Modern(`"after"`, "tools/call", "admin_read", "")
		s.Post(body, header...)
	}
	try := func(what string, follow func(), send func() (int, string)) {
		t.Helper()
		before, want := len(s.Records()), 1
		status, text := send()
		if status < 400 && !strings.Contains(text, `"error"`) && !(status == http.StatusAccepted && text == "") {
			t.Errorf("%.300s\nwas answered %d %.300s", what, status, text)
		}
		for _, w := range []*gatewaytest.Wire{server, shared} {
			select {
			case got := <-w.In:
				t.Fatalf("%.300s\nreached the server as %.300s", what, got)
			default:
			}
		}
		if status == http.StatusAccepted { // a notification is judged after its answer, and before what follows in its session
			follow()
			want++
		}
		records := s.Records()[before:]
		if len(records) != want || slices.ContainsFunc(records, func(r audit.Record) bool { return r.Decision != "deny" }) {
			t.Errorf("%.300s\nhas the records %+v", what, records)
		}
	}
	for _, text := range attacks() {
		try(text, inSession, func() (int, string) { return s.Post(text, session...) })
	}
	for _, a := range headerAttacks() {
		try(a.body+fmt.Sprint(a.header), inShared, func() (int, string) { return s.Post(a.body, a.header...) })
	}
	const forbidden = `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`
	const allowed = `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"read"}}`
	for _, h := range [][]string{ // an allowed call that may not count as one
		append(session, "Content-Type", "text/plain"), append(session, "Content-Type", "application/x-www-form-urlencoded"),
		append(session, "Content-Type", "application/json; charset=utf-16"), append(session, "Content-Type", "application/json, text/plain"),
		append(session, "Content-Type", ""), append(session, "Content-Encoding", "gzip"), append(session, "Content-Encoding", "identity"),
		{mirror.HeaderSession, id, mirror.HeaderSession, "other"}, {mirror.HeaderSession, "other", mirror.HeaderSession, id},
		{mirror.HeaderSession, id, mirror.HeaderVersion, "1999-01-01"}, {mirror.HeaderSession, id, mirror.HeaderVersion, "2025-11-25, 2026-07-28"},
		{mirror.HeaderSession, id, "Who", "mallory"}, {mirror.HeaderSession, id + "x"}, {mirror.HeaderSession, strings.ToLower(id)}, {},
	} {
		h = slices.Clone(h)
		try(fmt.Sprint("headers ", h), inSession, func() (int, string) { return s.Post(allowed, h...) })
	}
	try("too large", inSession, func() (int, string) {
		return s.Post(strings.Replace(allowed, `"read"`, `"read","arguments":{"x":"`+strings.Repeat("x", 1<<20)+`"}`, 1), session...)
	})
	for _, method := range []string{"PUT", "PATCH", "OPTIONS", "QUERY"} {
		try(method, inSession, func() (int, string) {
			resp := s.Request(t.Context(), method, forbidden, session...)
			text, _ := io.ReadAll(resp.Body)
			return resp.StatusCode, string(text)
		})
	}
}

// headerAttack is a stateless request whose headers say something else than its body.
type headerAttack struct {
	body   string
	header []string
}

func headerAttacks() []headerAttack {
	var all []headerAttack
	add := func(body string, header ...string) { all = append(all, headerAttack{body, header}) }
	good, h := gatewaytest.Modern("1", "tools/call", "read", "")
	bad, _ := gatewaytest.Modern("1", "tools/call", "FORBIDDEN", "")
	with := func(name, value string) []string {
		out := slices.Clone(h)
		for i := 0; i < len(out); i += 2 {
			if out[i] == name {
				out[i+1] = value
				return out
			}
		}
		return append(out, name, value)
	}
	without := func(name string) []string {
		i := slices.Index(h, name)
		return slices.Delete(slices.Clone(h), i, i+2)
	}
	add(bad, h...)                                                                       // the body names a forbidden tool
	add(good, with(mirror.HeaderName, "FORBIDDEN")...)                                   // the header does
	add(good, append(slices.Clone(h), mirror.HeaderName, "FORBIDDEN")...)                // a second header does
	add(good, with(mirror.HeaderName, "=?base64?"+"Rk9SQklEREVO"+"?=")...)               // FORBIDDEN in base64
	add(good, with(mirror.HeaderName, "=?base64?%%%?=")...)                              // no base64
	add(good, with(mirror.HeaderName, "READ")...)                                        // another case
	add(good, without(mirror.HeaderName)...)                                             // no name
	add(good, with(mirror.HeaderMethod, "ping")...)                                      // another method
	add(good, with(mirror.HeaderMethod, "Tools/Call")...)                                // another case
	add(good, append(slices.Clone(h), mirror.HeaderMethod, "ping")...)                   // two methods
	add(good, without(mirror.HeaderMethod)...)                                           // no method
	add(good, with(mirror.HeaderVersion, "2025-11-25")...)                               // another era
	add(good, with(mirror.HeaderVersion, "2099-01-01")...)                               // another revision
	add(good, without(mirror.HeaderVersion)...)                                          // no version
	add(good, append(slices.Clone(h), "Last-Event-ID", "1-1")...)                        // resumes nothing
	add(strings.Replace(good, "2026-07-28", "2099-01-01", 1), h...)                      // the body has another revision
	add(strings.Replace(good, `"_meta"`, `"_Meta"`, 1), h...)                            // no version in the body
	add(strings.Replace(good, `"name":"read"`, `"name":"FORBIDDEN"`, 1), h...)           // swapped
	add(`{"jsonrpc":"2.0","id":1,"result":{"x":"FORBIDDEN"}}`, h...)                     // a response
	add(strings.Replace(bad, `"id":1,`, ``, 1), with(mirror.HeaderName, "FORBIDDEN")...) // a notification that calls
	add(strings.Replace(good, `"2026-07-28"`, `["2026-07-28"]`, 1), h...)                // a version that is no text
	add(`[`+good+`,`+bad+`]`, h...)                                                      // a batch
	add(strings.Replace(good, `"params":{`, `"params":{"name":"FORBIDDEN",`, 1), h...)   // two names
	return all
}

// TestRawAttacks sends requests that an HTTP client would not: readers may disagree about the body.
// The server sees no call of FORBIDDEN.
func TestRawAttacks(t *testing.T) {
	s := newSite(t, attacked, nil, nil)
	id, server := s.Begin()
	forbidden := `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`
	head := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + mirror.HeaderSession + ": " + id + "\r\nConnection: close\r\n"
	chunk := func(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
	smuggled := "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + mirror.HeaderSession + ": " + id +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(forbidden), forbidden)
	for _, raw := range []string{
		head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(forbidden[:20]) + chunk(forbidden[20:]) + "0\r\n\r\n",
		head + fmt.Sprintf("Content-Length: %d\r\n", len(forbidden)) + "Transfer-Encoding: chunked\r\n\r\n" + chunk(forbidden) + "0\r\n\r\n",
		head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunk(forbidden) + "0\r\n\r\n",
		head + "Transfer-Encoding: xchunked\r\n\r\n" + chunk(forbidden) + "0\r\n\r\n",
		head + "Content-Length: 5\r\nContent-Length: 80\r\n\r\n" + forbidden,
		head + "Content-Length: +80\r\n\r\n" + forbidden,
		head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + forbidden,
		head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + forbidden,
		head + "Transfer-Encoding: chunked\r\n\r\n" + chunk("{}") + "0\r\nX: 1\r\n\r\n" + smuggled,
		head + "Content-Length: 2\r\n\r\n{}" + smuggled,
		head + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(forbidden)+10, forbidden),
		head + " folded: 1\r\nContent-Length: 2\r\n\r\n{}",
		strings.Replace(head, "HTTP/1.1", "HTTP/1.0", 1) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(forbidden), forbidden),
		head + "Content-Length: -1\r\n\r\n" + forbidden,
		head + "Content-Length: 0x50\r\n\r\n" + forbidden,
		head + "Content-Length: 99999999999\r\n\r\n" + forbidden,
		head + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
		head + "Host: evil.example\r\n" + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(forbidden), forbidden),
		head + "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(forbidden), forbidden),
		strings.Replace(head, "POST", "post", 1) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(forbidden), forbidden),
		strings.Replace(head, "POST /", "CONNECT 127.0.0.1:1", 1) + "\r\n" + smuggled,
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + smuggled,
		strings.Replace(head, "POST /", "POST http://evil.example/", 1) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(forbidden), forbidden),
	} {
		conn := must.Get(net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")))
		io.WriteString(conn, raw)
		conn.(*net.TCPConn).CloseWrite()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err == nil {
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode < 400 && len(text) > 0 && !bytes.Contains(text, []byte(`"error"`)) { // a client that ended its side may get nothing
				t.Errorf("%q\nwas answered %d %s", raw, resp.StatusCode, text)
			}
		}
		conn.Close()
	}
	call := s.Start(`{"jsonrpc":"2.0","id":"last","method":"ping"}`, mirror.HeaderSession, id)
	s.Expect(server, `"id":"last"`) // nothing came before it
	s.Send(server, `{"jsonrpc":"2.0","id":"last","result":{}}`)
	<-call
}

// TestNameOfAnother gives a name to another caller, as when a grant is revoked and added again: the
// new caller gets neither the session nor the connection of stateless requests of the old one.
func TestNameOfAnother(t *testing.T) {
	s := newSite(t, gatewaytest.ReadOnly, nil, func(c *streamable.Config) {
		c.Identity = func(r *http.Request) map[string]any {
			return map[string]any{"name": "ci", "token": r.Header.Get("Who")}
		}
	})
	id, _ := s.Begin("Who", "old")
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	if status, text := s.Post(ping, "Who", "new", mirror.HeaderSession, id); status != http.StatusNotFound {
		t.Errorf("the session of the one before: %d %s", status, text)
	}
	body, header := gatewaytest.Modern("1", "ping", "", "")
	answer := func(who string) {
		t.Helper()
		got := s.Start(body, append(slices.Clone(header), "Who", who)...)
		server := <-s.Servers // one for each
		s.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":{"for":%q}}`, gatewaytest.IDOf(t, s.Receive(server)), who))
		if g := <-got; !strings.Contains(g.Text, `"for":"`+who) {
			t.Errorf("%s got %v", who, g)
		}
	}
	answer("old")
	answer("new")
}
