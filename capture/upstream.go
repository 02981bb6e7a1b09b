package capture

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"
)

// errUpstreamProxy says that the proxy before us did not connect us.
var errUpstreamProxy = errors.New("the upstream proxy refused the connection")

// Upstream says how upstreams are reached and what they are shown.
type Upstream struct {
	// Proxy, unless nil, is a proxy to go through: http, https or socks5, with credentials or without.
	Proxy *url.URL
	// NoProxy lists hosts that are reached without it, as NO_PROXY does. Loopback addresses always are.
	NoProxy string
	// Certificates are client certificates by host name.
	Certificates map[string]tls.Certificate
	// Insecure lists the names of hosts whose certificates are not verified. Whoever can answer in such a
	// host's place can read and change what passes.
	Insecure []string
}

func (u *Upstream) check() error {
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

// proxyFor returns the proxy for a request's URL, nil for none.
func (u *Upstream) proxyFor() func(*url.URL) (*url.URL, error) {
	if u.Proxy == nil {
		return func(*url.URL) (*url.URL, error) { return nil, nil }
	}
	c := httpproxy.Config{HTTPProxy: u.Proxy.String(), HTTPSProxy: u.Proxy.String(), NoProxy: u.NoProxy}
	return c.ProxyFunc()
}

// makeTransports makes the transports: for most hosts, and for each that is treated apart.
func (p *Proxy) makeTransports() {
	u := &p.cfg.Upstream
	p.most = p.newTransports()
	p.apart = make(map[string]*transports)
	special := func(host string, set func(*tls.Config)) {
		if p.apart[host] == nil {
			t := p.newTransports()
			p.apart[host] = &t
		}
		for _, t := range p.apart[host] {
			set(t.TLSClientConfig)
		}
	}
	for host, cert := range u.Certificates {
		special(host, func(c *tls.Config) { c.Certificates = []tls.Certificate{cert} })
	}
	for _, host := range u.Insecure {
		special(host, func(c *tls.Config) { c.InsecureSkipVerify = true })
	}
}

// transportsTo returns the transports to an authority.
func (p *Proxy) transportsTo(scheme, authority string) *transports {
	if len(p.apart) > 0 {
		host, _ := hostAndPort(scheme, authority)
		if t, ok := p.apart[host]; ok {
			return t
		}
	}
	return &p.most
}

// dialTarget connects to a host for a tunnel, through the upstream proxy if there is one for it.
func (p *Proxy) dialTarget(ctx context.Context, target string) (*clientConn, error) {
	via, err := p.via(&url.URL{Scheme: "https", Host: target})
	if err != nil {
		return nil, err
	}
	switch {
	case via == nil:
		c, err := p.dial(ctx, "tcp", target)
		return &clientConn{Conn: c}, err
	case via.Scheme == "socks5":
		return p.dialSOCKS(ctx, via, target)
	}
	return p.dialConnect(ctx, via, target)
}

func (p *Proxy) dialSOCKS(ctx context.Context, via *url.URL, target string) (*clientConn, error) {
	d, err := proxy.FromURL(via, dialFunc(p.dial))
	if err != nil {
		return nil, err
	}
	c, err := d.(proxy.ContextDialer).DialContext(ctx, "tcp", target)
	return &clientConn{Conn: c}, err
}

// dialFunc is a proxy.Dialer and proxy.ContextDialer.
type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (d dialFunc) Dial(network, addr string) (net.Conn, error) {
	return d(context.Background(), network, addr)
}

func (d dialFunc) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return d(ctx, network, addr)
}

// dialProxy connects to an HTTP proxy, with TLS if its URL says so.
func (p *Proxy) dialProxy(ctx context.Context, via *url.URL) (net.Conn, error) {
	addr := via.Host
	if via.Port() == "" {
		addr = net.JoinHostPort(via.Hostname(), map[string]string{"http": "80", "https": "443"}[via.Scheme])
	}
	c, err := p.dial(ctx, "tcp", addr)
	if err != nil || via.Scheme != "https" {
		return c, err
	}
	tc := tls.Client(c, &tls.Config{RootCAs: p.cfg.Roots, ServerName: via.Hostname(), MinVersion: tls.VersionTLS12})
	ctx, cancel := context.WithTimeout(ctx, p.cfg.timeouts.upstream)
	defer cancel()
	if err := tc.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return tc, nil
}

// secureProxyAddr stands for a proxy with an https URL where transports dial. They would speak TLS with it as they do
// with the upstream: unverified if that is not verified, and showing it the upstream's client certificate.
const secureProxyAddr = "secure-proxy.invalid:80"

// transportProxy is the proxy for a request as its transport has to know it.
func (p *Proxy) transportProxy(r *http.Request) (*url.URL, error) {
	via, err := p.via(r.URL)
	if via != nil && via.Scheme == "https" {
		via = &url.URL{Scheme: "http", Host: secureProxyAddr, User: via.User}
	}
	return via, err
}

// dialConnect asks an HTTP proxy for a connection. What comes right behind its answer is kept: goproxy's own
// function loses it, and with it the greeting of a server that speaks first.
func (p *Proxy) dialConnect(ctx context.Context, via *url.URL, target string) (_ *clientConn, err error) {
	c, err := p.dialProxy(ctx, via)
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
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %d", errUpstreamProxy, resp.StatusCode)
	}
	early, _ := br.Peek(br.Buffered())
	c.SetDeadline(time.Time{})
	return &clientConn{Conn: c, early: append([]byte(nil), early...)}, nil
}
