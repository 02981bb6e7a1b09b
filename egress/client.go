package egress

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Location is where a request has a credential: OpenAPI's "in" of an API key.
type Location string

// The locations of credentials.
const (
	InHeader Location = "header"
	InQuery  Location = "query"
	InCookie Location = "cookie"
)

// Credential is a secret with its location. It prints without its value.
type Credential struct {
	In    Location
	Name  string
	Value string
}

// String leaves the value out.
func (c Credential) String() string { return string(c.In) + " " + c.Name }

// GoString leaves the value out.
func (c Credential) GoString() string { return c.String() }

// Call is one request that may leave.
type Call struct {
	Method string
	// URL is absolute; its path and query are sent as they are escaped.
	URL *url.URL
	// Header has no cookies and nothing that the transport makes by itself.
	Header  []Pair
	Cookies []Pair
	// Body is the whole body; nil sends none.
	Body []byte
	// Credentials replace what the call has in their place. They are for the origin of URL and never go
	// to another.
	Credentials []Credential
	// Once sends one request at most, whatever comes of it: it is not tried again, not even on a connection that
	// turns out to be closed, and no redirect is followed.
	Once bool
}

// Client sends calls. It is safe for concurrent use.
type Client struct {
	c       Config
	origins map[string]bool
	dialer  *dialer
	t       *http.Transport
	once    *http.Transport // makes a connection for each request: only those that were used before are tried again
	limits  limits
}

// New checks c and returns a client.
func New(c Config) (*Client, error) {
	cl := &Client{c: c, origins: make(map[string]bool)}
	d := &dialer{
		resolver: c.Resolver, private: c.AllowPrivate, any: make(map[string]bool),
		dial: (&net.Dialer{Timeout: DefaultDialTimeout}).DialContext,
	}
	if d.resolver == nil {
		d.resolver = net.DefaultResolver
	}
	for _, o := range c.Origins {
		origin, _, err := parseOrigin(o)
		if err != nil {
			return nil, err
		}
		cl.origins[origin] = true
	}
	for _, o := range c.Named {
		origin, dial, err := parseOrigin(o)
		if err != nil {
			return nil, err
		}
		cl.origins[origin] = true
		d.any[dial] = true
	}
	cl.t = &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        tlsConfig(c.TLS),
		TLSHandshakeTimeout:    DefaultDialTimeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 1 << 20,
	}
	if c.Proxy != nil {
		if _, err := Origin(&url.URL{Scheme: c.Proxy.Scheme, Host: c.Proxy.Host}); err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		d.any[dialAddress(c.Proxy)] = true
		cl.t.Proxy = http.ProxyURL(c.Proxy)
	}
	cl.dialer = d
	cl.once = cl.t.Clone()
	cl.once.DisableKeepAlives = true
	cl.limits.init(c.Limit)
	return cl, nil
}

func tlsConfig(base *tls.Config) *tls.Config {
	if base == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return base.Clone()
}

// Close ends idle connections.
func (cl *Client) Close() {
	cl.t.CloseIdleConnections()
	cl.once.CloseIdleConnections()
}

// Do sends a call and returns its answer, whose body the caller closes and which is cut at Config.MaxBody. A
// redirect that is not followed is an answer. An error means that there was no answer; it has no credential.
func (cl *Client) Do(ctx context.Context, c Call) (*http.Response, error) {
	if !httpguts.ValidHeaderFieldName(c.Method) || strings.EqualFold(c.Method, "CONNECT") {
		return nil, ErrMethod
	}
	origin, err := cl.allowed(c.URL)
	if err != nil {
		return nil, err
	}
	timeout := cl.c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	release, err := cl.limits.acquire(ctx, origin)
	if err != nil {
		cancel()
		return nil, err
	}
	done := func() { release(); cancel() }
	resp, err := cl.retry(ctx, c, func() (*http.Response, error) { return cl.follow(ctx, c, origin) })
	if err != nil {
		done()
		return nil, clean(err)
	}
	resp.Body = &body{r: resp.Body, left: cl.maxBody(), done: done}
	return resp, nil
}

// follow sends c and, for GET and HEAD, the redirects that its answers ask for.
func (cl *Client) follow(ctx context.Context, c Call, home string) (*http.Response, error) {
	hops := cl.c.Redirects
	if hops == 0 {
		hops = DefaultRedirects
	}
	u := c.URL
	for {
		resp, err := cl.send(ctx, c, u, home)
		if err != nil {
			return nil, err
		}
		next := cl.redirect(c.Method, resp, u)
		if next == nil || hops <= 0 || c.Once {
			return resp, nil
		}
		hops--
		io.CopyN(io.Discard, resp.Body, 64<<10) // lets the connection be used again
		resp.Body.Close()
		u = next
	}
}

// redirect is where resp leads, nil when it leads nowhere that may be gone to.
func (cl *Client) redirect(method string, resp *http.Response, from *url.URL) *url.URL {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil
	}
	if method != http.MethodGet && method != http.MethodHead {
		return nil
	}
	to, err := from.Parse(resp.Header.Get("Location"))
	if err != nil || resp.Header.Get("Location") == "" {
		return nil
	}
	if _, err := cl.allowed(to); err != nil {
		return nil
	}
	to.Fragment = ""
	return to
}

// send makes one request. Only the call's own origin sees its credentials, headers and cookies: another one
// that a redirect leads to gets a bare request.
func (cl *Client) send(ctx context.Context, c Call, u *url.URL, home string) (*http.Response, error) {
	origin, err := cl.allowed(u)
	if err != nil {
		return nil, err
	}
	credentials := c.Credentials
	if origin != home {
		credentials, c.Cookies = nil, nil
		c.Header = slices.DeleteFunc(slices.Clone(c.Header), func(p Pair) bool { return !strings.EqualFold(p.Name, "Accept") })
	}
	h, err := headers(&c, credentials)
	if err != nil {
		return nil, err
	}
	var r io.Reader
	if c.Body != nil {
		r = bytes.NewReader(c.Body)
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, u.Scheme+"://"+u.Host, r)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	at := *u
	at.RawQuery = withCredentials(u.RawQuery, credentials)
	req.URL = &at
	req.Header = h
	if _, ok := h["User-Agent"]; !ok {
		h.Set("User-Agent", cl.userAgent())
	}
	// The transport adds Accept-Encoding and undoes what it asked for.
	if c.Once {
		return cl.once.RoundTrip(req)
	}
	return cl.t.RoundTrip(req)
}

// withCredentials replaces the pairs of a query that credentials are named like.
func withCredentials(query string, credentials []Credential) string {
	for _, cr := range credentials {
		if cr.In != InQuery {
			continue
		}
		var kept []string
		for pair := range strings.SplitSeq(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if n, err := url.QueryUnescape(name); pair != "" && (err != nil || n != cr.Name) {
				kept = append(kept, pair)
			}
		}
		query = strings.Join(append(kept, url.QueryEscape(cr.Name)+"="+url.QueryEscape(cr.Value)), "&")
	}
	return query
}

func (cl *Client) allowed(u *url.URL) (string, error) {
	if u == nil {
		return "", fmt.Errorf("%w: there is no URL", ErrOrigin)
	}
	origin, err := Origin(u)
	if err != nil {
		return "", err
	}
	if !cl.origins[origin] {
		return "", fmt.Errorf("%w: %s", ErrOrigin, origin)
	}
	if cl.c.Proxy != nil && !cl.dialer.freely(dialAddress(u)) && special(u.Hostname()) {
		return "", fmt.Errorf("%w: %s is not public", ErrAddress, u.Hostname())
	}
	return origin, nil
}

func (cl *Client) userAgent() string {
	if cl.c.UserAgent != "" {
		return cl.c.UserAgent
	}
	return "spectap"
}

func (cl *Client) maxBody() int64 {
	if cl.c.MaxBody > 0 {
		return cl.c.MaxBody
	}
	return DefaultMaxBody
}
