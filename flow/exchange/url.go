package exchange

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// ErrNotHTTP is the error for a URL whose scheme is not that of HTTP or WebSocket.
var ErrNotHTTP = errors.New("not HTTP")

// URL has the components of an absolute URL as [flow.Request] has them.
type URL struct {
	Scheme, Authority, Path, RawQuery string
	HasQuery                          bool // whether there is a "?"
}

// SplitURL splits a URL. It does not use net/url for the path and the query, because they must
// remain as they were sent, even if invalid. Only characters that a request line cannot hold, such
// as spaces, are percent-encoded.
func SplitURL(s string) (URL, error) {
	var u URL
	s = strings.TrimSpace(s)
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || !isScheme(scheme) {
		return u, errors.New("not absolute")
	}
	switch strings.ToLower(scheme) {
	case "http", "ws":
		u.Scheme = "http"
	case "https", "wss":
		u.Scheme = "https"
	default:
		return u, ErrNotHTTP
	}
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok {
		return u, errors.New("no host")
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, u.RawQuery, u.HasQuery = strings.Cut(rest, "?")
	host, path := rest, "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:] // userinfo is not part of a request line
	}
	var err error
	if u.Authority, err = Authority(host, u.Scheme); err != nil {
		return u, err
	}
	u.Path, u.RawQuery = escape(path), escape(u.RawQuery)
	return u, nil
}

// Authority returns a host with or without a port in lower-case ASCII, with the port unless it is
// the default of the scheme.
func Authority(hostport, scheme string) (string, error) {
	host, port := hostport, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 || net.ParseIP(stripZone(host[1:end])) == nil {
			return "", errors.New("not an IPv6 address")
		}
		host, port = host[:end+1], host[end+1:]
		if port != "" && port[0] != ':' {
			return "", errors.New("bad port")
		}
		port = strings.TrimPrefix(port, ":")
	} else if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host, port = host[:i], host[i+1:]
	}
	if host == "" {
		return "", errors.New("no host")
	}
	if unescaped, err := url.PathUnescape(host); err == nil && host[0] != '[' {
		host = unescaped
	}
	if strings.IndexFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil || ascii == "" {
			return "", errors.New("bad host name")
		}
		host = ascii
	}
	host = strings.ToLower(host)
	if strings.ContainsAny(host, " \t\r\n\"<>\\^`{|}/?#@%") && host[0] != '[' {
		return "", errors.New("bad host name")
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", errors.New("bad port")
		}
		port = strconv.FormatUint(n, 10)
	}
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return host, nil
	}
	return host + ":" + port, nil
}

func stripZone(ip string) string {
	ip, _, _ = strings.Cut(ip, "%")
	return ip
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z') && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(s[i]))) {
			return false
		}
	}
	return s != ""
}

// escape percent-encodes what cannot occur in a request line: spaces, control characters, quotes,
// angle brackets and non-ASCII. Recorders that display decoded URLs write them.
func escape(s string) string {
	bad := func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' }
	n := 0
	for i := range len(s) {
		if bad(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; bad(c) {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}
