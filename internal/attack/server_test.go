package attack

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
