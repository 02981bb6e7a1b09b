package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/address"
)

// remoteListener gives its connections the address of another machine.
type remoteListener struct{ net.Listener }

func (l remoteListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return remoteConn{c}, err
}

type remoteConn struct{ net.Conn }

func (remoteConn) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 50000}
}

// remote serves clients that seem to be on another machine, and sends the rig's own ones there.
func (g *rig) remote() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		g.t.Fatal(err)
	}
	g.addr = l.Addr().String()
	go g.proxy.Serve(remoteListener{l})
}

// TestRemoteClientsReachPublicAddresses checks that clients on other machines reach none of the
// forms of a private address, in any way that a request can take, and that others do.
func TestRemoteClientsReachPublicAddresses(t *testing.T) {
	reached := func(g *rig, port string) map[string]bool {
		hosts := []string{"127.0.0.1", "localhost", "app.localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]",
			"169.254.169.254", "[64:ff9b::7f00:1]", "127.1", "2130706433", "0x7f000001", "[::1]"}
		for _, own := range must(net.InterfaceAddrs()) {
			if ip := own.(*net.IPNet).IP; ip.To4() != nil {
				hosts = append(hosts, ip.String())
			}
		}
		out := make(map[string]bool)
		for _, host := range hosts {
			resp := must(g.client(false).Get("http://" + host + ":" + port + "/x"))
			got := body(t, resp)
			out[host] = got == "private"
			if ps := resp.Header.Get("Proxy-Status"); got != "private" && !strings.Contains(host, "127.1") &&
				!strings.HasPrefix(host, "2") && !strings.HasPrefix(host, "0x") && ps != "spectap; error=destination_ip_prohibited" {
				t.Errorf("%s: %d %s %q", host, resp.StatusCode, ps, got)
			}
		}
		return out
	}
	g := newRig(t)
	s := g.plain(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "private") })
	_, port, _ := net.SplitHostPort(hostOf(s))
	// A connection of a local client must not serve a remote one.
	if resp, err := g.client(false).Get(s.URL); err != nil || body(t, resp) != "private" {
		t.Fatalf("a local client: %v", err)
	}
	g.remote()
	for host, ok := range reached(g, port) {
		if ok {
			t.Errorf("%s was reached", host)
		}
	}
	open := newRig(t, func(c *Config) { c.RemotePrivate = true })
	open.remote()
	for _, host := range []string{"127.0.0.1", "localhost", "app.localhost"} {
		resp, err := open.client(false).Get("http://" + host + ":" + port + "/x")
		if err != nil || body(t, resp) != "private" {
			t.Errorf("%s, allowed: %v", host, err)
		}
	}
}

// TestForeignHostByAllWays checks which Host an upstream without TLS sees of a request that names another
// host than its connection: what the client sent, except where a proxy routes by it.
func TestForeignHostByAllWays(t *testing.T) {
	serve := func(c net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			body := r.Host + " " + r.URL.String()
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
		}
	}
	server := listen(t, serve)
	socks := listen(t, func(c net.Conn) {
		buf := make([]byte, 512)
		io.ReadFull(c, buf[:3]) // version 5, one method (RFC 1928)
		c.Write([]byte{5, 0})
		io.ReadFull(c, buf[:4+1+len("up.test")+2])
		c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		serve(c)
	})
	for _, tt := range []struct{ name, proxy, target, host, want string }{
		{"directly", "", server, "other.test", "other.test /x"},
		{"directly beside a proxy", "http://" + server, server, "other.test", "other.test /x"},
		{"a SOCKS proxy", "socks5://" + socks, "up.test:80", "other.test", "other.test /x"},
		{"an HTTP proxy", "http://" + server, "up.test:80", "other.test", "up.test http://up.test/x"},
		{"an HTTP proxy, the same host", "http://" + server, "up.test:80", "UP.test", "UP.test http://UP.test/x"},
	} {
		g := newRig(t, func(c *Config) {
			if tt.proxy != "" {
				c.Upstream.Proxy = must(url.Parse(tt.proxy))
			}
		})
		c := g.connect(tt.target, "")
		io.WriteString(c, "GET /x HTTP/1.1\r\nHost: "+tt.host+"\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := body(t, resp); got != tt.want {
			t.Errorf("%s: the upstream got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestRemoteClientsByAllWays checks the ways of a request to a private address: TLS, plain HTTP and
// HTTP/2 in CONNECT, tunnels, WebSockets, and an absolute URL with https.
func TestRemoteClientsByAllWays(t *testing.T) {
	for _, remote := range []bool{false, true} {
		hello := listen(t, func(c net.Conn) {
			io.ReadFull(c, make([]byte, 1))
			io.WriteString(c, "220 hello\r\n")
		})
		g := newRig(t, func(c *Config) { c.Scope.Exclude = []ScopeRule{must(ParseScopeRule("localhost"))} })
		s := g.upstream(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") != "" {
				w.Header().Set("Connection", "Upgrade")
				w.Header().Set("Upgrade", "websocket")
				w.WriteHeader(http.StatusSwitchingProtocols)
				return
			}
			io.WriteString(w, "private")
		})
		plain := g.plain(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "private") })
		if remote {
			g.remote()
		}
		exchange := func(c net.Conn, request string) string {
			io.WriteString(c, request)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				return err.Error()
			}
			return fmt.Sprint(resp.StatusCode)
		}
		upgrade := "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
		_, helloPort, _ := net.SplitHostPort(hello)
		for _, tt := range []struct {
			name string
			do   func() string
			want string // of a local client
		}{
			{"TLS", func() string { return status(g.client(false).Get(s.URL)) }, "200"},
			{"HTTP/2", func() string { return status(g.client(true).Get(s.URL)) }, "200"},
			{"plain in CONNECT", func() string {
				return exchange(g.connect(hostOf(plain), ""), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			}, "200"},
			{"https to the proxy", func() string {
				return exchange(g.dial(), "GET "+s.URL+"/ HTTP/1.1\r\nHost: a\r\n\r\n")
			}, "200"},
			{"WebSocket", func() string { return exchange(g.secure(hostOf(s)), upgrade) }, "101"},
			{"tunnel", func() string { return string(must(io.ReadAll(g.connect(hello, "\x00")))) }, "220 hello\r\n"},
			{"tunnel out of scope", func() string {
				return string(must(io.ReadAll(g.connect("localhost:"+helloPort, "\x00"))))
			}, "220 hello\r\n"},
		} {
			t.Run(fmt.Sprint(tt.name, ", remote ", remote), func(t *testing.T) {
				want := tt.want
				if remote && strings.HasPrefix(tt.name, "tunnel") {
					want = ""
				} else if remote {
					want = "502"
				}
				if got := tt.do(); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

// status returns the status of a response as text.
func status(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	resp.Body.Close()
	return fmt.Sprint(resp.StatusCode)
}

// TestRemoteClientsThroughUpstreamProxy checks that hosts written as private addresses are refused
// before an upstream proxy looks them up, that the upstream proxy itself may be private, and that a
// remote client cannot reach it as a host.
func TestRemoteClientsThroughUpstreamProxy(t *testing.T) {
	for _, scheme := range []string{"http", "socks5"} {
		t.Run(scheme, func(t *testing.T) {
			seen := make(chan string, 10)
			via := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				seen <- r.Host
				io.WriteString(w, "by the proxy")
			}))
			defer via.Close()
			addr := hostOf(via)
			if scheme == "socks5" {
				addr = listen(t, func(c net.Conn) {
					buf := make([]byte, 512)
					io.ReadFull(c, buf[:3]) // version 5, one method (RFC 1928)
					c.Write([]byte{5, 0})
					io.ReadFull(c, buf[:4])
					io.ReadFull(c, buf[:1])
					io.ReadFull(c, buf[:int(buf[0])+2])
					c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
					r, err := http.ReadRequest(bufio.NewReader(c))
					if err == nil {
						seen <- r.Host
						io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nby the proxy")
					}
				})
			}
			g := newRig(t, func(c *Config) { c.Upstream.Proxy = &url.URL{Scheme: scheme, Host: addr} })
			g.remote()
			resp, err := g.client(false).Get("http://api.test/x")
			if err != nil || body(t, resp) != "by the proxy" || <-seen != "api.test" {
				t.Fatalf("a name: %v", err)
			}
			for _, host := range []string{"10.0.0.1:80", "169.254.169.254:80", "0x7f000001:80", "127.1:80", "a.localhost:80",
				"localhost:80", addr, "[::ffff:10.0.0.1]:80"} {
				if got := status(g.client(false).Get("http://" + host + "/")); got != "502" {
					t.Errorf("%s: %s", host, got)
				}
				c := g.connect(host, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
				if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 502 {
					t.Errorf("%s by CONNECT: %+v, %v", host, resp, err)
				}
			}
			if b, err := io.ReadAll(g.connect("10.0.0.1:25", "EHLO client.example\r\n")); err != nil || len(b) > 0 {
				t.Errorf("a tunnel: %q, %v", b, err)
			}
			if len(seen) > 0 {
				t.Errorf("the upstream proxy was asked for %s", <-seen)
			}
			if scheme == "http" { // a Host header must not select another upstream
				c := g.connect("api.test:80", "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n")
				if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || body(t, resp) != "by the proxy" || <-seen != "api.test" {
					t.Errorf("another Host header: %+v, %v", resp, err)
				}
			}
		})
	}
}

// TestLoopbackThroughUpstreamProxy checks that loopback targets use an upstream proxy only if a
// person named it for them, and NO_PROXY does not list them.
func TestLoopbackThroughUpstreamProxy(t *testing.T) {
	const list = "10.0.0.1, 127.0.0.2:81 ,127.1.0.0/16,.internal"
	for host, want := range map[string]bool{
		"127.0.0.1": true, "localhost:8080": true, "[::1]:80": true, "app.localhost": true, "127.0.0.2": true, "up.test": true,
		"127.0.0.2:81": false, "127.1.2.3": false, "a.internal": false,
	} {
		u := Upstream{Proxy: must(url.Parse("http://proxy.example:3128")), NoProxy: list}
		for _, u.ProxyLoopback = range []bool{true, false} {
			via, err := u.proxyFor()(&url.URL{Scheme: "http", Host: host})
			name, _ := hostAndPort("http", host)
			if err != nil || (via != nil) != (want && (u.ProxyLoopback || !address.IsLoopback(name))) {
				t.Errorf("%s, named %t: %v, %v", host, u.ProxyLoopback, via, err)
			}
		}
	}
	u := Upstream{Proxy: must(url.Parse("http://proxy.example:3128")), NoProxy: "*", ProxyLoopback: true}
	if via, _ := u.proxyFor()(must(url.Parse("http://127.0.0.1/"))); via != nil {
		t.Error("NO_PROXY=* is ignored")
	}
}

// TestReverseForRemoteClients checks that the upstream of a reverse proxy may have any address for
// any client, while absolute URLs may not.
func TestReverseForRemoteClients(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "named") }))
	defer s.Close()
	g := newRig(t, func(c *Config) { c.Reverse = must(url.Parse(s.URL)) })
	g.remote()
	resp, err := http.Get("http://" + g.addr + "/x")
	if err != nil || body(t, resp) != "named" {
		t.Errorf("the named upstream: %v", err)
	}
	if got := status(g.client(false).Get(s.URL)); got != "502" {
		t.Errorf("an absolute URL: %s", got)
	}
}

// TestCheckPublic checks to which addresses a connection for a client on another machine may go.
func TestCheckPublic(t *testing.T) {
	for addr, isPublic := range map[string]bool{
		"1.1.1.1:443": true, "[2606:4700::1]:443": true, "127.0.0.1:443": false, "10.0.0.1:80": false, "[::1]:80": false,
		"[::ffff:10.0.0.1]:80": false, "169.254.169.254:80": false, "1.1.1.1": false, "": false,
	} {
		if err := checkPublic("tcp", addr, nil); isPublic && err != nil || !isPublic && !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
