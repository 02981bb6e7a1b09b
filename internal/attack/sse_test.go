package attack

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
)

// The old HTTP+SSE transport is guarded as the other one is (threat 16).
func TestOldTransport(t *testing.T) {
	// open opens a stream and returns the address for messages.
	open := func(a *attack, url, token string) (endpoint string, status int) {
		ctx, cancel := context.WithCancel(a.Context())
		a.Cleanup(cancel)
		r, err := http.NewRequestWithContext(ctx, "GET", url+"/sse", nil)
		if err != nil {
			a.Fatal(err)
		}
		r.Header.Set("Accept", "text/event-stream")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			a.Fatal(err)
		}
		a.Cleanup(func() { resp.Body.Close() })
		if resp.StatusCode != http.StatusOK {
			return "", resp.StatusCode
		}
		in := bufio.NewScanner(resp.Body)
		for in.Scan() {
			if data, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				return data, resp.StatusCode
			}
		}
		a.Fatal("no endpoint")
		return "", 0
	}
	post := func(a *attack, url, token string, header map[string]string) int {
		r, err := http.NewRequest("POST", url, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{}}}`))
		if err != nil {
			a.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		for k, v := range header {
			if r.Header.Set(k, v); k == "Host" {
				r.Host = v
			}
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			a.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for _, c := range []struct {
		name   string
		token  string // "" none, "right"
		header map[string]string
	}{
		{"no token", "", nil}, {"wrong token", "0123456789abcdef0123456789", nil}, {"page of another origin", "right", map[string]string{"Origin": "https://evil.example"}},
		{"rebound name", "right", map[string]string{"Host": "evil.example"}}, {"null origin", "right", map[string]string{"Origin": "null"}},
	} {
		try(t, c.name, "posts a message to another's stream of the old transport", "it is refused and nothing is sent", func(a *attack) {
			u := a.upstream(nil)
			_, url, token := a.listen(nil, append(a.serving(u, writing), "--sse")...)
			endpoint, status := open(a, url, token)
			if status != http.StatusOK {
				a.Fatalf("the stream: status %d", status)
			}
			if strings.HasPrefix(endpoint, "/") {
				endpoint = strings.TrimSuffix(url, "/mcp") + endpoint
			}
			use := c.token
			if use == "right" {
				use = token
			}
			if got := post(a, endpoint, use, c.header); got < 400 {
				a.breach("status %d", got)
			}
			if c.header == nil {
				if _, status := open(a, url, c.token); status < 400 {
					a.breach("a stream is opened: status %d", status)
				}
			}
			for _, guess := range []string{"", "1", "%00", "../mcp"} {
				if got := post(a, strings.Split(endpoint, "=")[0]+"="+guess, token, nil); got < 400 {
					a.breach("the session %q: status %d", guess, got)
				}
			}
			a.untouched(u)
		})
	}
	try(t, "many streams", "opens streams without end", "other clients are served", func(a *attack) {
		u := a.upstream(nil)
		s, url, token := a.listen(nil, append(a.serving(u, writing), "--sse")...)
		refused := 0
		for range 400 {
			if _, status := open(a, url, token); status >= 400 {
				refused++
				break
			}
		}
		g := a.httpAgent(legacy, url, token)
		if r := g.request("tools/list", object{}); r.Result == nil {
			a.breach("another client gets %s after %d refused", r.raw, refused)
		}
		if peak := peakOf(s.cmd.Process.Pid); peak > 450 {
			a.breach("%d MiB", peak)
		}
	})
}
