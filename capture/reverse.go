package capture

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
)

// serveReverse forwards a request to the upstream of a reverse proxy.
func (p *Proxy) serveReverse(w http.ResponseWriter, r *http.Request, t target) {
	to := p.cfg.Reverse
	t.front = r.Host
	base := basePath(to)
	if r.RequestURI == "*" { // the server itself
		base = ""
	}
	u, err := url.ParseRequestURI(base + r.RequestURI)
	if err != nil {
		http.Error(w, "not a path", http.StatusBadRequest)
		return
	}
	r.RequestURI = base + cmp.Or(t.uri, r.RequestURI)
	r.URL, r.Host = u, to.Host
	r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
	t.scheme, t.authority, t.named = to.Scheme, to.Host, true
	p.serve(w, r, t)
}

// basePath returns the path of a reverse proxy's upstream without a slash at its end.
func basePath(to *url.URL) string { return strings.TrimSuffix(to.EscapedPath(), "/") }

// reverseHeader replaces the upstream of a reverse proxy in Location and Set-Cookie by the proxy
// itself, under the name that the client gave it. Otherwise a redirect would lead past the proxy,
// and clients would refuse the cookies.
func reverseHeader(h http.Header, to *url.URL, front string) {
	for i, v := range h["Location"] {
		h["Location"][i] = reverseLocation(v, to, front)
	}
	for i, v := range h["Set-Cookie"] {
		h["Set-Cookie"][i] = reverseCookie(v, to)
	}
}

// reverseLocation returns the URL by which clients of a reverse proxy reach a location. Locations
// that cannot be reached through it lead to where the upstream meant.
func reverseLocation(location string, to *url.URL, front string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" && (u.Path == "" || u.Path[0] != '/' || basePath(to) == "") { // relative
		return location
	}
	u = to.ResolveReference(u)
	if u.Scheme != to.Scheme || u.User != nil || NormalizeAuthority(u.Scheme, u.Host) != NormalizeAuthority(to.Scheme, to.Host) {
		return location
	}
	path, ok := belowBase(u.EscapedPath(), to)
	if !ok {
		return u.String()
	}
	// It has a host even if the location had none: "//a.example" is a path below a base, but a host
	// without it.
	u.Scheme, u.Host, u.RawPath = "http", front, path
	if u.Path, err = url.PathUnescape(path); err != nil {
		return location
	}
	return u.String()
}

// belowBase returns an upstream's path as clients of a reverse proxy write it. ok is false if it is
// not below the base.
func belowBase(path string, to *url.URL) (_ string, ok bool) {
	path, ok = strings.CutPrefix(path, basePath(to))
	path = cmp.Or(path, "/")
	return path, ok && path[0] == '/'
}

// reverseCookie drops the domain of a cookie, if it is that of the upstream, and the base of its
// path: the client then keeps the cookie for the proxy.
func reverseCookie(cookie string, to *url.URL) string {
	attributes := strings.Split(cookie, ";")
	out := attributes[:1]
	for _, a := range attributes[1:] {
		name, value, _ := strings.Cut(a, "=")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "domain":
			domain := strings.ToLower(strings.TrimPrefix(value, "."))
			if host := strings.ToLower(to.Hostname()); host == domain || strings.HasSuffix(host, "."+domain) {
				continue
			}
		case "path":
			if path, ok := belowBase(value, to); ok {
				a = name + "=" + path
			}
		}
		out = append(out, a)
	}
	return strings.Join(out, ";")
}
