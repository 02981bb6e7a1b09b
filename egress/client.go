package egress

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/address"
)

// Location is the place of a credential in a request: OpenAPI's "in" of an API key.
type Location string

// The locations of credentials.
const (
	InHeader Location = "header"
	InQuery  Location = "query"
	InCookie Location = "cookie"
	// InDigest is for user:password of the digest scheme. They are not sent: the challenge of the
	// server is answered with a hash of them.
	InDigest Location = "digest"
)

// Credential is a secret with its location. It prints without its value.
type Credential struct {
	In    Location
	Name  string
	Value string
}

// Secrets returns the secret parts of the value: all of it, the token behind "Bearer", the user and
// password of "Basic", and the password of "Digest".
func (c Credential) Secrets() []string {
	out := []string{c.Value}
	if c.In == InDigest {
		_, password, _ := strings.Cut(c.Value, ":")
		return append(out, password)
	}
	if kind, rest, ok := strings.Cut(c.Value, " "); ok {
		out = append(out, rest)
		if strings.EqualFold(kind, "basic") {
			if b, err := base64.StdEncoding.DecodeString(rest); err == nil {
				_, password, _ := strings.Cut(string(b), ":")
				out = append(out, string(b), password)
			}
		}
	}
	return out
}

// String leaves the value out.
func (c Credential) String() string { return string(c.In) + " " + c.Name }

// GoString leaves the value out.
func (c Credential) GoString() string { return c.String() }

// Call is one request to send.
type Call struct {
	Method string
	// URL is absolute. Its path and query are sent with the escapes they have.
	URL *url.URL
	// Header has no cookies and no header of [flow.IsTransportHeader].
	Header  []Pair
	Cookies []Pair
	// Body is the complete body, or nil for no body.
	Body []byte
	// Credentials replace headers, query parameters and cookies of their name. They are sent to the
	// origin of URL and never to another.
	Credentials []Credential
	// Once allows one request at most: no retry, not even when a kept connection turns out to be
	// closed, and no redirect. The answer to a digest challenge is the same request.
	Once bool
	// Repeatable allows following a redirect with the status 307 or 308 within the origin, with any
	// method.
	Repeatable bool
	// Stream means that the response is read as it comes, for as long as the context lasts: neither
	// Config.Timeout nor Config.MaxBody bounds it.
	Stream bool
}

// Client sends calls. It is safe for concurrent use.
type Client struct {
	config    Config
	origins   map[string]bool // that may be called
	dialer    *dialer
	transport *http.Transport
	// once makes a connection for each request: http.Transport retries only on connections that it
	// has used before.
	once       *http.Transport
	limits     limits
	challenges challenges
}

// New returns a client. It returns [ErrOrigin] when an origin or the proxy of the configuration is
// not an http or https URL.
func New(c Config) (*Client, error) {
	cl := &Client{config: c, origins: make(map[string]bool), limits: limits{limit: c.Limit, origins: make(map[string]*originLimit)}}
	d := &dialer{
		resolver: c.Resolver, allowPrivate: c.AllowPrivate, unchecked: make(map[string]bool),
		dial: (&net.Dialer{Timeout: DefaultDialTimeout}).DialContext,
	}
	if d.resolver == nil {
		d.resolver = net.DefaultResolver
	}
	for i, o := range slices.Concat(c.Origins, c.Named) {
		origin, hostPort, err := parseOrigin(o)
		if err != nil {
			return nil, err
		}
		cl.origins[origin] = true
		d.unchecked[hostPort] = d.unchecked[hostPort] || i >= len(c.Origins)
	}
	cl.transport = &http.Transport{
		DialContext:            d.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        cmp.Or(c.TLS, &tls.Config{MinVersion: tls.VersionTLS12}).Clone(),
		TLSHandshakeTimeout:    DefaultDialTimeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 1 << 20,
	}
	if c.Proxy != nil {
		if _, err := Origin(&url.URL{Scheme: c.Proxy.Scheme, Host: c.Proxy.Host}); err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		d.unchecked[dialAddress(c.Proxy)] = true
		cl.transport.Proxy = http.ProxyURL(c.Proxy)
	}
	cl.dialer = d
	cl.once = cl.transport.Clone()
	cl.once.DisableKeepAlives = true
	return cl, nil
}

// Close closes idle connections.
func (cl *Client) Close() {
	cl.transport.CloseIdleConnections() // cl.once keeps no connections
}

// Do sends a call and returns the response. The caller closes its body, which is cut at
// [Config.MaxBody]. A redirect that is not followed is a response, see [NotFollowed]. An error
// means that there was no response; it has no credential.
func (cl *Client) Do(ctx context.Context, c Call) (*http.Response, error) {
	if !isMethod(c.Method) {
		return nil, ErrMethod
	}
	origin, err := cl.allowed(c.URL)
	if err != nil {
		return nil, err
	}
	timeout := cmp.Or(max(cl.config.Timeout, 0), DefaultTimeout)
	limit, cancel := cmp.Or(max(cl.config.MaxBody, 0), DefaultMaxBody), context.CancelFunc(nil)
	if c.Stream {
		limit = math.MaxInt64
		ctx, cancel = context.WithCancel(ctx)
	} else {
		ctx, cancel = context.WithTimeout(ctx, timeout)
	}
	release, err := cl.limits.acquire(ctx, origin)
	if err != nil {
		cancel()
		return nil, err
	}
	end := func() { release(); cancel() }
	var notFollowed string
	resp, err := cl.retry(ctx, c, func() (resp *http.Response, err error) {
		resp, notFollowed, err = cl.follow(ctx, c, origin)
		return resp, err
	})
	if err != nil {
		end()
		return nil, cl.withoutEchoes(err, &c)
	}
	resp.Body = &body{body: resp.Body, remaining: limit, release: end, notFollowed: notFollowed}
	return resp, nil
}

// isMethod reports whether a method may be sent: it is a token, and makes no tunnel.
func isMethod(m string) bool {
	return httpguts.ValidHeaderFieldName(m) && !strings.EqualFold(m, "CONNECT")
}

// send sends one request to u.
func (cl *Client) send(ctx context.Context, c Call, u *url.URL) (*http.Response, error) {
	req, err := cl.request(ctx, c, u)
	if err != nil {
		return nil, err
	}
	t := cl.transport
	// A connection that a caller signed in must not serve another one.
	if c.Once || flow.ConnectionScheme(req.Header.Get("Authorization")) != "" {
		t = cl.once
	}
	resp, err := cl.roundTrip(t, &c, req)
	if err == nil && resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body.Close()
		return nil, errSwitched
	}
	return resp, err
}

// errSwitched is a response that nobody asked for. The connection would belong to its reader, who
// would wait without a timeout.
var errSwitched = errors.New("the server switched to another protocol, unasked")

// request returns the request to u, which is c.URL or where its origin redirected.
func (cl *Client) request(ctx context.Context, c Call, u *url.URL) (*http.Request, error) {
	if _, err := cl.allowed(u); err != nil {
		return nil, err
	}
	h, err := requestHeader(&c, c.Credentials)
	if err != nil {
		return nil, err
	}
	var r io.Reader
	if c.Body != nil {
		r = bytes.NewReader(c.Body)
	}
	// String escapes the zone of an IPv6 address, which Host has without escapes.
	base := url.URL{Scheme: u.Scheme, Host: u.Host}
	req, err := http.NewRequestWithContext(ctx, c.Method, base.String(), r)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	target := *u
	target.RawQuery = WithCredentials(u.RawQuery, c.Credentials)
	req.URL = &target
	req.Header = h
	if _, ok := h["User-Agent"]; !ok {
		h.Set("User-Agent", cmp.Or(cl.config.UserAgent, "spectap"))
	}
	return req, nil
}

// WithCredentials replaces query parameters that have the name of a credential.
func WithCredentials(query string, credentials []Credential) string {
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

// allowed returns the origin of u, or an error when u may not be called.
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
	if cl.config.Proxy != nil && !cl.dialer.allowsAny(dialAddress(u)) && address.IsSpecialHost(u.Hostname()) {
		return "", fmt.Errorf("%w: %s is not public", ErrAddress, u.Hostname())
	}
	return origin, nil
}
