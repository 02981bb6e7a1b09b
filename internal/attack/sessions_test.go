package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// sent returns the status of a request with headers, of which a name may come twice, and its answer
// unless that is a stream.
func (a *attack) sent(method, url, token, body string, header ...string) (status int, answer string) {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), method, url, strings.NewReader(body))
	if err != nil {
		a.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json", "Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": legacy,
	} {
		r.Header.Set(name, value)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer resp.Body.Close()
	if method != http.MethodGet {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<20)) // what there is
		answer = string(text)
	}
	return resp.StatusCode, answer
}

// Sessions over HTTP end when their client ends them, and take bounded memory (threats 14 and 16).
func TestSessionsOverHTTP(t *testing.T) {
	ping := strings.ReplaceAll(rpc("ping", ""), "ID", "7")
	listen := func(a *attack) (s *service, url, token, session string) {
		s, url, token = a.listen(nil, "mcp", "--db", a.capture(exchange{url: "http://api.example/b"}))
		return s, url, token, a.httpAgent(legacy, url, token).session
	}
	try(t, "ended session", "uses a session that has ended", "it is gone for streams and calls", func(a *attack) {
		_, url, token, session := listen(a)
		if status, _ := a.sent("GET", url, token, "", "Mcp-Session-Id", session); status != http.StatusOK {
			a.Fatalf("the stream of a session: %d", status)
		}
		a.sent("DELETE", url, token, "", "Mcp-Session-Id", session)
		for _, method := range []string{"GET", "POST"} {
			if status, _ := a.sent(method, url, token, ping, "Mcp-Session-Id", session); status != http.StatusNotFound {
				a.breach("%s: %d", method, status)
			}
		}
	})
	try(t, "streams of nobody", "opens streams without a session, and with ids that it made up", "they are refused", func(a *attack) {
		_, url, token, _ := listen(a)
		for _, id := range []string{"", "mcp-session-00000000-0000-0000-0000-000000000000", "x"} {
			if status, _ := a.sent("GET", url, token, "", "Mcp-Session-Id", id); status < 400 {
				a.breach("%q: %d", id, status)
			}
		}
	})
	for name, header := range map[string][]string{
		"two sessions": {"Mcp-Session-Id", "another"}, "two types": {"Content-Type", "text/plain"}, "a coding": {"Content-Encoding", "gzip"},
	} {
		try(t, name, "sends a message that another program would read differently", "it is refused", func(a *attack) {
			_, url, token, session := listen(a)
			if status, answer := a.sent("POST", url, token, ping, append([]string{"Mcp-Session-Id", session}, header...)...); status < 400 {
				a.breach("%d %s", status, answer)
			}
		})
	}
	try(t, "names of clients", "begins 24 sessions, each with a name of 4 MiB", "memory is bounded, and others are served", func(a *attack) {
		s, url, token, session := listen(a)
		for range 24 {
			a.sent("POST", url, token, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":%q,"capabilities":{},"clientInfo":{"name":"%s","version":"1"}}}`,
				legacy, strings.Repeat("n", 4<<20)))
		}
		if peak := peakOf(s.cmd.Process.Pid); peak > 200 {
			a.breach("%d MiB", peak)
		}
		if status, answer := a.sent("POST", url, token, ping, "Mcp-Session-Id", session); status != http.StatusOK {
			a.breach("another client gets %d %s", status, answer)
		}
	})
}
