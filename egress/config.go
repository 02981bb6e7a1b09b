package egress

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Errors of what may not leave.
var (
	// ErrOrigin says that the origin is not one of those allowed.
	ErrOrigin = errors.New("origin is not allowed")
	// ErrAddress says that a host has an address that is not allowed.
	ErrAddress = errors.New("address is not allowed")
	// ErrHeader says that a header cannot be sent.
	ErrHeader = errors.New("header is not allowed")
	// ErrMethod says that a method is not a token or makes a tunnel.
	ErrMethod = errors.New("method is not allowed")
)

// Defaults of [Config].
const (
	DefaultTimeout     = 30 * time.Second
	DefaultDialTimeout = 10 * time.Second
	DefaultMaxBody     = 8 << 20
	DefaultRedirects   = 5
)

// Config says what may leave. The zero value lets nothing out.
type Config struct {
	// Origins may be called when all of their addresses are public.
	Origins []string
	// Named may be called whatever their address: a person typed them.
	Named []string
	// AllowPrivate lifts the check of addresses for Origins too.
	AllowPrivate bool
	// Proxy, unless nil, carries all requests. It resolves names itself, so that the check of addresses
	// then covers only hosts written as addresses, or as what may be taken for one.
	Proxy *url.URL
	// Timeout bounds a call from its start to the end of its answer; zero means [DefaultTimeout].
	Timeout time.Duration
	// MaxBody bounds the bytes of an answer's body that are read; zero means [DefaultMaxBody].
	MaxBody int64
	// Redirects bounds the hops of one call; zero means [DefaultRedirects], negative follows none.
	Redirects int
	// UserAgent is sent unless a call has its own; "" means "spectap".
	UserAgent string
	// Retry is how GET and HEAD are tried again; the zero value does not.
	Retry Retry
	// Limit bounds what goes to one host; the zero value does not.
	Limit Limit
	// TLS is the base of upstream TLS, for private roots; nil verifies against the system's.
	TLS *tls.Config
	// Resolver looks up hosts; nil means net.DefaultResolver.
	Resolver Resolver
}

// Origin returns scheme and authority of u in the form in which origins are compared: lower case, the scheme's
// default port left out. It takes http and https URLs without user information only.
func Origin(u *url.URL) (string, error) {
	scheme := strings.ToLower(u.Scheme)
	var port string
	switch scheme {
	case "http":
		port = "80"
	case "https":
		port = "443"
	default:
		return "", fmt.Errorf("%w: the scheme must be http or https", ErrOrigin)
	}
	host := strings.ToLower(u.Hostname())
	if host == "" {
		return "", fmt.Errorf("%w: there is no host", ErrOrigin)
	}
	if u.User != nil {
		return "", fmt.Errorf("%w: user information stands in the URL", ErrOrigin)
	}
	if p := u.Port(); p != "" && p != port {
		return scheme + "://" + net.JoinHostPort(host, p), nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host, nil
}

// parseOrigin reads an origin from a configuration; a path is allowed and left out.
func parseOrigin(s string) (origin, dial string, err error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", "", fmt.Errorf("%w: %s is not a URL", ErrOrigin, s)
	}
	if origin, err = Origin(u); err != nil {
		return "", "", err
	}
	return origin, dialAddress(u), nil
}

// dialAddress is what the transport will ask to be dialled for u.
func dialAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
