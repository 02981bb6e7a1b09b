package capture

import "net/http"

// checkCredentials reports whether a proxy request may pass. If not, it has asked the client for
// credentials.
func (p *Proxy) checkCredentials(w http.ResponseWriter, r *http.Request) bool {
	if p.cfg.Admit == nil {
		return true
	}
	if user, password, ok := proxyCredentials(r); ok && p.cfg.Admit(user, password) {
		return true
	}
	p.stats.refused.Add(1)
	w.Header().Set("Proxy-Authenticate", `Basic realm="spectap", charset="UTF-8"`)
	w.Header().Set("Connection", "close")
	http.Error(w, "this proxy asks for a user and a password", http.StatusProxyAuthRequired)
	return false
}

// proxyCredentials parses Proxy-Authorization, which has the syntax of Authorization.
func proxyCredentials(r *http.Request) (user, password string, ok bool) {
	lines := r.Header["Proxy-Authorization"]
	if len(lines) != 1 {
		return "", "", false
	}
	return (&http.Request{Header: http.Header{"Authorization": lines}}).BasicAuth()
}
