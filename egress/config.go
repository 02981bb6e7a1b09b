package egress

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Errors of calls that may not leave.
var (
	// ErrOrigin means that the origin is not one of those allowed.
	ErrOrigin = errors.New("origin is not allowed")
	// ErrAddress means that a host has an address that is not allowed.
	ErrAddress = errors.New("address is not allowed")
	// ErrHeader means that a header or cookie cannot be sent.
	ErrHeader = errors.New("header is not allowed")
	// ErrMethod means that a method is not a token, or is CONNECT, which makes a tunnel.
	ErrMethod = errors.New("method is not allowed")
)

// Defaults of [Config].
const (
	DefaultTimeout     = 30 * time.Second
	DefaultDialTimeout = 10 * time.Second
	DefaultMaxBody     = 8 << 20 // bytes
	DefaultRedirects   = 5       // hops
)

// Config configures a [Client]. The zero value lets nothing leave.
type Config struct {
	// Origins may be called if all their addresses are public.
	Origins []string
	// Named are origins that a person typed. They may have any address.
	Named []string
	// AllowPrivate allows Origins with any address, too.
	AllowPrivate bool
	// Proxy, unless nil, carries all requests. It resolves names itself, so only hosts that are
	// written as addresses, or that a proxy may read as one, can be checked.
	Proxy *url.URL
	// Timeout bounds a call from its start to the end of its response; zero means [DefaultTimeout].
	Timeout time.Duration
	// MaxBody bounds the bytes of a response's body; zero means [DefaultMaxBody].
	MaxBody int64
	// Redirects bounds the hops of one call; zero means [DefaultRedirects], a negative number
	// follows no redirects.
	Redirects int
	// UserAgent is sent unless the call has one; "" means "spectap".
	UserAgent string
	// Retry configures retries of GET and HEAD; the zero value disables them.
	Retry Retry
	// Limit bounds the calls to one origin; the zero value does not.
	Limit Limit
	// TLS configures upstream TLS, for private roots; nil verifies against those of the system.
	TLS *tls.Config
	// Resolver looks up hosts; nil means net.DefaultResolver.
	Resolver Resolver
}

// ports are the default ports of schemes.
var ports = map[string]string{"http": "80", "https": "443"}

// Origin returns the scheme and authority of u as origins are compared: in lower case, without the
// scheme's default port. It returns [ErrOrigin] for URLs that are not http or https and for those
// with user information.
func Origin(u *url.URL) (string, error) {
	scheme := strings.ToLower(u.Scheme)
	port := ports[scheme]
	if port == "" {
		return "", fmt.Errorf("%w: the scheme must be http or https", ErrOrigin)
	}
	host := strings.ToLower(u.Hostname())
	if host == "" {
		return "", fmt.Errorf("%w: there is no host", ErrOrigin)
	}
	if u.User != nil {
		return "", fmt.Errorf("%w: the URL has user information", ErrOrigin)
	}
	if p := u.Port(); p != "" && p != port {
		return scheme + "://" + net.JoinHostPort(host, p), nil
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host, nil
}

// SharesOrigin reports whether a URL has the origin of one of the others.
func SharesOrigin(at string, others ...string) bool {
	origin, _, err := parseOrigin(at)
	return err == nil && slices.ContainsFunc(others, func(s string) bool {
		other, _, err := parseOrigin(s)
		return err == nil && other == origin
	})
}

// parseOrigin reads an origin of a [Config]. It ignores a path.
func parseOrigin(s string) (origin, dial string, err error) {
	u, err := url.Parse(s)
	if err != nil {
		return "", "", fmt.Errorf("%w: %s is not a URL", ErrOrigin, WithoutUser(s))
	}
	if origin, err = Origin(u); err != nil {
		return "", "", err
	}
	return origin, dialAddress(u), nil
}

// WithoutUser returns a URL, which may be invalid, without its user and password, for messages.
func WithoutUser(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return s
	}
	if ok {
		scheme += "://"
	}
	return scheme + "…@" + rest[at+1:]
}

// users matches the user of a URL in a text, and USER:PASSWORD@ without a scheme or behind a slash
// that was cleaned as one of a path. In a URL, a password with a slash ends at the last @ of the
// word, because the text before the slash cannot be a port.
var users = regexp.MustCompile("(://)(?:[^\\s\"'`<>/?#]*|[^\\s\"'`<>/?#:]*:[0-9]*[^\\s\"'`<>0-9/][^\\s\"'`<>]*)@" +
	"|(^|[\\s\"'`=(,/])[\\w.%+-]+:[^\\s\"'`<>/@]+@")

// WithoutUsers returns a text, such as a message, in which URLs have no user and password.
func WithoutUsers(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return users.ReplaceAllString(text, "$1$2…@")
}

// dialAddress returns the host and port that the transport dials for u.
func dialAddress(u *url.URL) string {
	return net.JoinHostPort(strings.ToLower(u.Hostname()), cmp.Or(u.Port(), ports[strings.ToLower(u.Scheme)]))
}
