package capture

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"

	"github.com/spectap/spectap/internal/address"
)

// errUpstreamProxy means that the upstream proxy refused a connection.
var errUpstreamProxy = errors.New("the upstream proxy refused the connection")

// Upstream configures connections to upstreams.
type Upstream struct {
	// Proxy, unless nil, is the URL of an http, https or socks5 proxy, optionally with credentials.
	Proxy *url.URL
	// NoProxy lists hosts that bypass Proxy, in the syntax of NO_PROXY.
	NoProxy string
	// ProxyLoopback uses Proxy for loopback addresses and localhost too, which otherwise bypass it.
	ProxyLoopback bool
	// Certificates are client certificates by HOST or HOST:PORT, which prevails.
	Certificates map[string]tls.Certificate
	// Insecure lists hosts whose certificates are not verified: HOST for all ports, or HOST:PORT.
	// Anybody who can answer for such a host can read and change its traffic.
	Insecure []string
	// Dial, unless nil, connects to a host:port for clients that may reach any address.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// TLSTo returns the configuration of TLS for an origin. It verifies certificates against roots, nil
// for those of the system, unless the host is in Insecure.
func (u *Upstream) TLSTo(origin *url.URL, roots *x509.CertPool) *tls.Config {
	c := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	host, port := hostAndPort(origin.Scheme, origin.Host)
	u.configure(c, host)
	u.configure(c, net.JoinHostPort(host, port))
	return c
}

// configure adds to c the settings for a HOST or HOST:PORT.
func (u *Upstream) configure(c *tls.Config, key string) {
	for host, cert := range u.Certificates {
		if hostKey(host) == key {
			c.Certificates = []tls.Certificate{cert}
		}
	}
	for _, host := range u.Insecure {
		if hostKey(host) == key {
			c.InsecureSkipVerify = true
		}
	}
}

// hosts returns the hosts with settings of their own.
func (u *Upstream) hosts() []string {
	return slices.AppendSeq(slices.Clone(u.Insecure), maps.Keys(u.Certificates))
}

func (u *Upstream) check() error {
	for _, host := range u.hosts() {
		if !IsUpstream(host) {
			return fmt.Errorf("upstream %q: must be HOST or HOST:PORT", host)
		}
	}
	if u.Proxy == nil {
		return nil
	}
	switch u.Proxy.Scheme {
	case "http", "https", "socks5":
	default:
		return fmt.Errorf("upstream proxy %s: must be an http, https or socks5 URL", u.Proxy.Redacted())
	}
	if u.Proxy.Hostname() == "" {
		return errors.New("upstream proxy: the URL names no host")
	}
	return nil
}

// IsUpstream reports whether a text is a HOST or HOST:PORT, as [Upstream] has them.
func IsUpstream(s string) bool {
	r, err := ParseScopeRule(s)
	return err == nil && r.Host != "" && !r.Below && !strings.Contains(s, "/")
}

// hostKey returns the HOST or HOST:PORT of a configuration in one form.
func hostKey(s string) string {
	r, err := ParseScopeRule(s)
	if err != nil || r.Port == "" {
		return r.Host
	}
	return net.JoinHostPort(r.Host, r.Port)
}

// proxyFor returns a function that returns the proxy for a URL, or nil.
func (u *Upstream) proxyFor() func(*url.URL) (*url.URL, error) {
	if u.Proxy == nil {
		return func(*url.URL) (*url.URL, error) { return nil, nil }
	}
	c := httpproxy.Config{HTTPProxy: u.Proxy.String(), HTTPSProxy: u.Proxy.String(), NoProxy: u.NoProxy}
	via := c.ProxyFunc() // which never uses a proxy for loopback
	return func(to *url.URL) (*url.URL, error) {
		if host, port := hostAndPort(to.Scheme, to.Host); u.ProxyLoopback && address.IsLoopback(host) && !bypasses(u.NoProxy, host, port) {
			return u.Proxy, nil
		}
		return via(to)
	}
}

// bypasses reports whether a NO_PROXY list has a loopback host; httpproxy bypasses those in any
// case, so it cannot be asked.
func bypasses(list, host, port string) bool {
	ip, _ := netip.ParseAddr(host)
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		block, err := netip.ParsePrefix(entry)
		if entry == "*" || strings.Trim(entry, ".[]") == host || entry == net.JoinHostPort(host, port) || err == nil && block.Contains(ip) {
			return true
		}
	}
	return false
}

// dialTarget connects to a host for a tunnel, through the upstream proxy if one applies.
func (w *routes) dialTarget(ctx context.Context, target string) (*clientConn, error) {
	via, err := w.proxyTo(&url.URL{Scheme: "https", Host: target})
	if err != nil {
		return nil, err
	}
	switch {
	case via == nil:
		c, err := w.p.dialAddr(ctx, target, w.public)
		return &clientConn{Conn: c}, err
	case via.Scheme == "socks5":
		return w.dialSOCKS(ctx, via, target)
	}
	return w.dialConnect(ctx, via, target)
}

func (w *routes) dialSOCKS(ctx context.Context, via *url.URL, target string) (*clientConn, error) {
	d, err := proxy.FromURL(via, dialFunc(func(ctx context.Context, _, _ string) (net.Conn, error) {
		return w.dialProxy(ctx, via)
	}))
	if err != nil {
		return nil, err
	}
	c, err := d.(proxy.ContextDialer).DialContext(ctx, "tcp", target)
	return &clientConn{Conn: c}, err
}

// dialFunc implements proxy.Dialer and proxy.ContextDialer.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (d dialFunc) Dial(network, addr string) (net.Conn, error) {
	return d(context.Background(), network, addr)
}

func (d dialFunc) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d(ctx, network, addr)
}

// dialProxy connects to the upstream proxy, with TLS if its URL has the scheme https. A person
// named it, so it may have any address.
func (w *routes) dialProxy(ctx context.Context, via *url.URL) (net.Conn, error) {
	addr := via.Host
	if via.Port() == "" {
		addr = net.JoinHostPort(via.Hostname(), map[string]string{"http": "80", "https": "443", "socks5": "1080"}[via.Scheme])
	}
	c, err := w.p.dialAddr(ctx, addr, false)
	if err != nil || via.Scheme != "https" {
		return c, err
	}
	tc := tls.Client(c, &tls.Config{RootCAs: w.p.cfg.Roots, ServerName: via.Hostname(), MinVersion: tls.VersionTLS12})
	ctx, cancel := context.WithTimeout(ctx, w.p.cfg.timeouts.upstream)
	defer cancel()
	if err := tc.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return tc, nil
}

// proxyAddr is the address that transports dial for the upstream proxy. It distinguishes that proxy
// from a host with the same address. A transport's own TLS with an https proxy would use the
// settings of the upstream: no verification if the upstream is not verified, and the upstream's
// client certificate.
const proxyAddr = "upstream-proxy.invalid:80"

// transportProxy returns the proxy for a request in the form that its transport needs. For https,
// dialTLS connects through the proxy.
func (w *routes) transportProxy(r *http.Request) (*url.URL, error) {
	if r.URL.Scheme == "https" {
		return nil, nil
	}
	via, err := w.proxyTo(r.URL)
	if via == nil || err != nil {
		return nil, err
	}
	scheme := via.Scheme
	if scheme == "https" {
		scheme = "http"
	}
	return &url.URL{Scheme: scheme, Host: proxyAddr, User: via.User}, nil
}

// proxyTo returns the upstream proxy for a URL, or nil. That proxy looks up the host, so only its
// written form can be checked.
func (w *routes) proxyTo(u *url.URL) (*url.URL, error) {
	via, err := w.p.via(u)
	if via != nil && w.public && address.IsSpecialHost(u.Hostname()) {
		return nil, errPrivate
	}
	return via, err
}

// dialConnect connects to target by a CONNECT request to an HTTP proxy. It keeps bytes that arrive
// together with the response. goproxy's own function loses them, and with them the greeting of a
// server that sends first.
func (w *routes) dialConnect(ctx context.Context, via *url.URL, target string) (_ *clientConn, err error) {
	c, err := w.dialProxy(ctx, via)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	if deadline, ok := ctx.Deadline(); ok {
		c.SetDeadline(deadline)
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{"User-Agent": {""}}}
	if user := via.User; user != nil {
		password, _ := user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := req.Write(c); err != nil {
		return nil, err
	}
	br := bufio.NewReader(c)
	resp, err := http.ReadResponse(br, req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 { // RFC 9110, section 9.3.6
		return nil, fmt.Errorf("%w: %d", errUpstreamProxy, resp.StatusCode)
	}
	early, _ := br.Peek(br.Buffered())
	c.SetDeadline(time.Time{})
	return &clientConn{Conn: c, early: append([]byte(nil), early...)}, nil
}
