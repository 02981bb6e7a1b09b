package capture

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/certs"
)

// TestOutOfScope checks that hosts out of scope are tunnelled undecrypted, and that paths out of
// scope pass unrecorded.
func TestOutOfScope(t *testing.T) {
	g := newRig(t, func(c *Config) {
		c.Scope.Exclude = []ScopeRule{must(ParseScopeRule("localhost")), must(ParseScopeRule("127.0.0.1/private"))}
	})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	_, port, _ := net.SplitHostPort(hostOf(up))
	tunnelled := tls.Client(g.connect("localhost:"+port, ""), &tls.Config{RootCAs: g.trusts, ServerName: "example.com"})
	if err := tunnelled.Handshake(); err != nil {
		t.Errorf("a host out of scope does not show its own certificate: %v", err)
	}
	for _, path := range []string{"/private/1", "/public"} {
		resp := must(g.client(false).Get(up.URL + path))
		if got := body(t, resp); got != "ok" {
			t.Errorf("%s: %q", path, got)
		}
	}
	g.sink.done(t, "/public")
	for _, f := range g.sink.flows {
		if f.Request.Path != "/public" {
			t.Errorf("%s was recorded", f.Request.Path)
		}
	}
	if s := g.proxy.Stats(); s.Unwanted != 1 || s.OutOfScope != 1 || s.Lost != 0 || s.Active != 0 {
		t.Errorf("%+v", s)
	}
}

// TestPause checks that exchanges which begin while the proxy is paused pass unrecorded.
func TestPause(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	for i, paused := range []bool{true, false} {
		g.proxy.Pause(paused)
		resp, err := g.client(false).Get(fmt.Sprintf("%s/%d", up.URL, i))
		if err != nil || body(t, resp) != "ok" || g.proxy.Paused() != paused {
			t.Error(err)
		}
	}
	g.sink.done(t, "/1")
	if s := g.proxy.Stats(); s.Unwanted != 1 || s.Flows != 1 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

// TestReverse checks that a reverse proxy forwards the requests of unconfigured clients to its
// upstream, below the base path.
func TestReverse(t *testing.T) {
	var up *httptest.Server
	g := newRig(t, func(c *Config) {
		up = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%s %s", r.Host, r.RequestURI)
		}))
		c.Roots.AddCert(up.Certificate())
		c.Reverse = must(url.Parse(up.URL + "/base/"))
	})
	defer up.Close()
	resp := must(http.Get("http://" + g.addr + "/a%2Fb?q=1"))
	if got, want := body(t, resp), hostOf(up)+" /base/a%2Fb?q=1"; got != want {
		t.Errorf("upstream saw %q, want %q", got, want)
	}
	if f := g.sink.done(t, "/base/a%2Fb"); f.Request.URL() != up.URL+"/base/a%2Fb?q=1" {
		t.Errorf("recorded as %s", f.Request.URL())
	}
}

// TestReverseNamesItself checks that redirects and cookies of a reverse proxy's upstream lead to the
// proxy, and are recorded as they were sent.
func TestReverseNamesItself(t *testing.T) {
	to := must(url.Parse("https://Api.example:443/base/"))
	for location, want := range map[string]string{
		"https://api.example/base/a%2Fb?x=1#f": "http://front:1/a%2Fb?x=1#f",
		"/base/login":                          "http://front:1/login",
		"//API.example:443/base":               "http://front:1/",
		"/base//evil.example/x":                "http://front:1//evil.example/x",
		"/basement":                            "https://Api.example:443/basement",
		"/base/../admin":                       "https://Api.example:443/admin",
		"//api.example@evil.example/base/":     "//api.example@evil.example/base/",
		"//user@api.example/base/":             "//user@api.example/base/",
		"https://api.example.evil/base/":       "https://api.example.evil/base/",
		"http://api.example/base/":             "http://api.example/base/", // another origin
		"next?page=2":                          "next?page=2",
		"":                                     "",
		"mailto:a@api.example":                 "mailto:a@api.example",
	} {
		if got := reverseLocation(location, to, "front:1"); got != want {
			t.Errorf("%q became %q, want %q", location, got, want)
		}
	}
	for cookie, want := range map[string]string{
		"a=1; Domain=.Example; Path=/base/x; Secure": "a=1; Path=/x; Secure",
		"a=domain=api.example;domain=API.example":    "a=domain=api.example",
		"a=1; path=/base":                            "a=1; path=/",
		"a=1; Path=/basement; Domain=ple":            "a=1; Path=/basement; Domain=ple",
		"a=1; Path=/; Domain=other.example":          "a=1; Path=/; Domain=other.example",
		"":                                           "",
	} {
		if got := reverseCookie(cookie, to); got != want {
			t.Errorf("%q became %q, want %q", cookie, got, want)
		}
	}

	var sent [2]string
	g := newRig(t, func(c *Config) {
		up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent = [2]string{"http://" + r.Host + "/login", "id=1; Domain=127.0.0.1"}
			w.Header().Set("Location", sent[0])
			w.Header().Set("Set-Cookie", sent[1])
			w.WriteHeader(http.StatusFound)
		}))
		t.Cleanup(up.Close)
		c.Reverse = must(url.Parse(up.URL))
	})
	resp := must(http.DefaultTransport.RoundTrip(must(http.NewRequest("GET", "http://"+g.addr+"/", nil))))
	resp.Body.Close()
	if l, c := resp.Header.Get("Location"), resp.Header.Get("Set-Cookie"); l != "http://"+g.addr+"/login" || c != "id=1" {
		t.Errorf("the client got %q, %q", l, c)
	}
	if h := g.sink.done(t, "/").Response.Header; h.Get("Location") != sent[0] || h.Get("Set-Cookie") != sent[1] {
		t.Errorf("recorded %v", h)
	}
}

// TestUpstreamProxy checks that requests and tunnels use the upstream proxy and present its
// credentials, which are neither recorded nor sent to the upstream.
func TestUpstreamProxy(t *testing.T) {
	second := newRig(t, func(c *Config) {
		c.Admit = func(user, password string) bool { return user == "me" && password == "pass word" }
	})
	up := second.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "saw ", r.Header["Proxy-Authorization"]) })
	plain := second.plain(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "saw ", r.Header["Proxy-Authorization"]) })
	for _, password := range []string{"pass word", "wrong"} {
		first := newRig(t, func(c *Config) {
			c.Upstream.Proxy = &url.URL{Scheme: "http", Host: second.addr, User: url.UserPassword("me", password)}
			c.Roots = second.cas
		})
		for name, u := range map[string]string{"secure": up.URL, "plain": plain.URL} {
			// Loopback addresses are reached without an upstream proxy; names are not.
			u = strings.Replace(u, "127.0.0.1", "up.localhost", 1)
			if name == "secure" {
				second.proxy.anywhere.byHost["up.localhost"] = insecure(second.proxy)
			}
			path := "/" + name
			resp := must(first.client(false).Get(u + path))
			got := body(t, resp)
			if password == "wrong" {
				if resp.StatusCode == 200 {
					t.Errorf("%s: wrong credentials were accepted", name)
				}
				continue
			}
			if got != "saw []" {
				t.Errorf("%s: %d %q", name, resp.StatusCode, got)
			}
			for _, g := range []*rig{first, second} {
				if f := g.sink.done(t, path); f.Request.Header.Has("Proxy-Authorization") {
					t.Error("credentials were recorded")
				}
			}
		}
	}
	if n := second.proxy.Stats().Refused; n == 0 {
		t.Error("no refusal counted")
	}
}

// insecure returns transports that do not verify upstreams.
func insecure(p *Proxy) *transports {
	ts := p.anywhere.newTransports()
	for _, t := range ts.of {
		t.TLSClientConfig.InsecureSkipVerify = true
	}
	return &ts
}

// TestTunnelThroughUpstreamProxy checks that tunnels pass through upstream proxies of each kind,
// with a greeting that arrives right after the response.
func TestTunnelThroughUpstreamProxy(t *testing.T) {
	credentials := "Basic " + base64.StdEncoding.EncodeToString([]byte("u:p"))
	var answered atomic.Int32
	connect := listen(t, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil || r.Method != "CONNECT" || r.Host != "mail.test:25" ||
			r.Header.Get("Proxy-Authorization") != credentials {
			fmt.Fprint(c, "HTTP/1.1 407 No\r\n\r\n")
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 %d OK\r\n\r\n220 hello\r\n", 200+answered.Add(1)-1) // any 2xx agrees (RFC 9110, section 9.3.6)
		io.Copy(io.Discard, c)
	})
	socks := listen(t, func(c net.Conn) {
		buf := make([]byte, 512)
		io.ReadFull(c, buf[:4]) // version 5, two methods (RFC 1928)
		c.Write([]byte{5, 2})   // user and password (RFC 1929)
		io.ReadFull(c, buf[:5])
		c.Write([]byte{1, 0})
		io.ReadFull(c, buf[:4+1+len("mail.test")+2])
		if string(buf[5:14]) != "mail.test" {
			return
		}
		c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		fmt.Fprint(c, "220 hello\r\n")
		io.Copy(io.Discard, c)
	})
	for _, tt := range []struct{ name, url string }{
		{"CONNECT", "http://u:p@" + connect},
		{"CONNECT with status 201", "http://u:p@" + connect},
		{"SOCKS5", "socks5://u:p@" + socks},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newRig(t, func(c *Config) { c.Upstream.Proxy = must(url.Parse(tt.url)) })
			c := g.connect("mail.test:25", "")
			defer c.Close()
			buf := make([]byte, len("220 hello\r\n"))
			if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "220 hello\r\n" {
				t.Errorf("got %q, %v", buf, err)
			}
		})
	}
}

// TestPerHostTLSSettings checks that client certificates and disabled verification apply to the
// named hosts only.
func TestPerHostTLSSettings(t *testing.T) {
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	noError(t, err)
	mine := must(ca.Certificate("client.test"))
	g := newRig(t, func(c *Config) {
		c.Upstream.Certificates = map[string]tls.Certificate{"127.0.0.1": *mine}
		c.Upstream.Insecure = []string{"lax.localhost"}
	})
	up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(r.TLS.PeerCertificates))
	}))
	up.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	up.StartTLS()
	defer up.Close()
	g.trusts.AddCert(up.Certificate())
	_, port, _ := net.SplitHostPort(hostOf(up))
	// A minted chain has the leaf and the CA.
	for host, want := range map[string]string{"127.0.0.1": "2", "lax.localhost": "0", "strict.localhost": "502"} {
		resp := must(g.client(false).Get("https://" + host + ":" + port))
		got := body(t, resp)
		if resp.StatusCode != 200 {
			got = fmt.Sprint(resp.StatusCode)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
	// Neither SNI nor Host chooses the settings of another host.
	for at, want := range map[string]string{"lax.localhost": "0", "strict.localhost": "502"} {
		for _, name := range []string{"127.0.0.1", "lax.localhost", "LAX.localhost", "lax.localhost."} {
			client := g.client(false)
			c := client.Transport.(*http.Transport).TLSClientConfig
			c.ServerName, c.InsecureSkipVerify = name, true // a certificate for the name is not what this is about
			req := must(http.NewRequest("GET", "https://"+at+":"+port, nil))
			req.Host = name
			resp := must(client.Do(req))
			if got := body(t, resp); got != want && fmt.Sprint(resp.StatusCode) != want {
				t.Errorf("%s as %s: got %d %s, want %s", at, name, resp.StatusCode, got, want)
			}
		}
	}
}

// TestCredentials checks that a proxy with credentials refuses requests without them, and serves
// the page with the CA to everyone.
func TestCredentials(t *testing.T) {
	g := newRig(t, func(c *Config) {
		c.Admit = func(user, password string) bool { return user == "me" && password == "secret" }
		c.CA = []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	for _, tt := range []struct {
		name, request string
		want          int
	}{
		{"CONNECT without credentials", "CONNECT " + hostOf(up) + " HTTP/1.1\r\nHost: x\r\n\r\n", 407},
		{"CONNECT with a wrong password", "CONNECT " + hostOf(up) + " HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic bWU6bm8=\r\n\r\n", 407},
		{"CONNECT with a bearer token", "CONNECT " + hostOf(up) + " HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Bearer secret\r\n\r\n", 407},
		{"CONNECT with credentials twice", "CONNECT " + hostOf(up) + " HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n", 2) + "\r\n", 407},
		{"CONNECT with a scheme in small letters", "CONNECT " + hostOf(up) + " HTTP/1.1\r\nHost: x\r\nProxy-Authorization: basic bWU6c2VjcmV0\r\n\r\n", 200},
		{"CONNECT with credentials", "CONNECT " + hostOf(up) + " HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n", 200},
		{"URL without credentials", "GET http://" + hostOf(up) + "/ HTTP/1.1\r\nHost: x\r\n\r\n", 407},
		{"page of the CA", "GET /ca.pem HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"page through the proxy", "GET http://" + PageHost + "/answer HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"CONNECT to the page", "CONNECT " + PageHost + ":443 HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"CONNECT to another port of the page", "CONNECT " + PageHost + ":8443 HTTP/1.1\r\nHost: x\r\n\r\n", 407},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := must(net.Dial("tcp", g.addr))
			defer c.Close()
			io.WriteString(c, tt.request)
			resp := must(http.ReadResponse(bufio.NewReader(c), &http.Request{Method: strings.Fields(tt.request)[0]}))
			if resp.StatusCode != tt.want || (tt.want == 407) != (resp.Header.Get("Proxy-Authenticate") != "" && resp.Close) {
				t.Errorf("got %s, want %d", resp.Status, tt.want)
			}
		})
	}
}

// TestPageWithoutCredentials checks that a browser which sends none with its check of the CA gets an
// answer, and that the name of the page leads nowhere else.
func TestPageWithoutCredentials(t *testing.T) {
	g := newRig(t, func(c *Config) { c.Admit = func(string, string) bool { return false } })
	for _, tt := range []struct {
		name  string
		alpn  []string
		hello string // instead of TLS
		want  string
	}{
		{"over TLS", nil, "", "spectap\n"},
		{"over TLS, not HTTP", []string{"other"}, "", ""},
		{"over HTTP/1.1", []string{"http/1.1"}, "", "spectap\n"},
		{"over plain HTTP", nil, "GET /answer HTTP/1.1\r\nHost: x\r\n\r\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := must(net.Dial("tcp", g.addr))
			defer c.Close()
			io.WriteString(c, "CONNECT "+PageHost+":443 HTTP/1.1\r\nHost: x\r\n\r\n")
			r := bufio.NewReader(c)
			if resp, err := http.ReadResponse(r, &http.Request{Method: "CONNECT"}); err != nil || resp.StatusCode != 200 {
				t.Fatal(resp, err)
			}
			var conn io.ReadWriter = c
			if tt.hello == "" {
				conn = tls.Client(c, &tls.Config{RootCAs: g.cas, ServerName: PageHost, NextProtos: tt.alpn})
				tt.hello = "GET /answer HTTP/1.1\r\nHost: " + PageHost + "\r\n\r\n"
			}
			io.WriteString(conn, tt.hello)
			got := ""
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err == nil && resp.StatusCode == 200 {
				got = string(must(io.ReadAll(resp.Body)))
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if n := g.proxy.Stats().Tunnels; n != 0 {
				t.Errorf("%d tunnels", n)
			}
		})
	}
}

// TestPage checks that the page of the proxy is served at its own address and, through the proxy,
// at PageHost.
func TestPage(t *testing.T) {
	g := newRig(t)
	g.proxy.cfg.CA = g.ca.CertPEM()
	for name, c := range map[string]struct {
		client *http.Client
		base   string
	}{
		"directly":                      {http.DefaultClient, "http://" + g.addr},
		"through the proxy":             {g.client(false), "http://" + PageHost},
		"its address through the proxy": {g.client(false), "http://" + g.addr},
		"localhost through the proxy":   {g.client(false), "http://localhost" + g.addr[strings.LastIndex(g.addr, ":"):]},
		"a name through the proxy":      {g.client(false), "http://proxy.localhost" + g.addr[strings.LastIndex(g.addr, ":"):]},
		"through CONNECT":               {g.client(true), "https://" + PageHost},
	} {
		get := func(path string) string {
			resp := must(c.client.Get(c.base + path))
			return body(t, resp)
		}
		if got := get("/"); !strings.Contains(got, g.addr) || !strings.Contains(got, "ca.pem") {
			t.Errorf("%s: page %q", name, got)
		}
		if got := get("/proxy.pac"); !strings.Contains(got, `return "PROXY `+g.addr+`"`) {
			t.Errorf("%s: PAC file %q", name, got)
		}
		block, _ := pem.Decode([]byte(get("/ca.pem")))
		if block == nil || get("/ca.der") != string(block.Bytes) {
			t.Errorf("%s: ca.pem and ca.der differ", name)
			continue
		}
		if ca, err := x509.ParseCertificate(block.Bytes); err != nil || !ca.Equal(g.ca.Root()) {
			t.Errorf("%s: not the CA: %v", name, err)
		}
	}
	if n := len(g.sink.flows); n != 0 {
		t.Errorf("%d flows of the proxy's own page were recorded", n)
	}
}
