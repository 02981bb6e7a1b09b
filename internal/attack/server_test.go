package attack

import (
	"net/http"
	"net/url"
	"regexp"

	"github.com/spectap/spectap/internal/test/must"
)

// listen starts a server over HTTP on a free port and returns its URL and the token that it prints,
// "" with --no-token.
func (a *attack) listen(env []string, args ...string) (s *service, url, token string) {
	a.Helper()
	s = a.start(env, append(args, "--http", "127.0.0.1:0")...)
	url = s.waitLog("MCP at ")
	for _, x := range args {
		if x == "--no-token" {
			return s, url, ""
		}
	}
	return s, url, s.waitLog("printed once: ")
}

// sending returns the arguments of a server whose tools may send to upstreams.
func sending(db string, to ...*upstream) []string {
	args := []string{"mcp", "--db", db, "--allow", "send"}
	for _, u := range to {
		args = append(args, "--send-to", u.URL)
	}
	return args
}

// serving returns the arguments of a server of the tools of a document.
func (a *attack) serving(u *upstream, document string, more ...string) []string {
	a.Helper()
	return append([]string{"serve", a.file("api.yaml", document), "--base-url", u.URL}, more...)
}

// proxy starts a proxy and returns its URL.
func (a *attack) proxy(env []string, args ...string) (s *service, at string) {
	a.Helper()
	s = a.start(env, append([]string{"proxy"}, args...)...)
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		a.Fatalf("the proxy does not start: %s", s.log())
	}
	port := address.FindStringSubmatch(line)
	if port == nil {
		a.Fatalf("the proxy prints %q", line)
	}
	return s, "http://127.0.0.1:" + port[1]
}

var address = regexp.MustCompile(`(?:127\.0\.0\.1|0\.0\.0\.0|\[::\]):(\d+)`)

// through returns a client that uses a proxy.
func (a *attack) through(proxy string) *http.Client {
	u := must.Get(url.Parse(proxy))
	t := &http.Transport{Proxy: http.ProxyURL(u)}
	a.Cleanup(t.CloseIdleConnections)
	return &http.Client{Transport: t, Timeout: deadline}
}
