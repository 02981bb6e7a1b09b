package capture

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// secureProxy starts a TLS server in front of the proxy at addr, like a proxy with an https URL. It
// offers HTTP/2 as well.
func secureProxy(t *testing.T, addr string) (host string, cert *x509.Certificate) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	cfg := &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"},
		ClientAuth: tls.RequestClientCert}
	cert = s.Certificate()
	s.Close()
	host = listen(t, func(c net.Conn) {
		tc := tls.Server(c, cfg)
		if tc.Handshake() != nil {
			return
		}
		if n := len(tc.ConnectionState().PeerCertificates); n > 0 {
			t.Error("the upstream proxy received a client certificate")
		}
		up, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer up.Close()
		go func() {
			io.Copy(up, tc)
			up.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(tc, up)
		tc.Close()
	})
	return host, cert
}

// TestUpstreamProxyOverTLS checks that an upstream proxy reached over TLS is always verified, with
// any configuration of the hosts behind it, and that it does not receive their client certificates.
func TestUpstreamProxyOverTLS(t *testing.T) {
	second := newRig(t, func(c *Config) {
		c.Admit = func(user, password string) bool { return user == "me" && password == "pw" }
	})
	up := second.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	plain := second.plain(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
	second.proxy.anywhere.byHost["up.localhost"] = insecure(second.proxy)
	addr, cert := secureProxy(t, second.addr)
	for _, trusted := range []bool{true, false} {
		first := newRig(t, func(c *Config) {
			c.Upstream.Proxy = &url.URL{Scheme: "https", Host: addr, User: url.UserPassword("me", "pw")}
			c.Upstream.Insecure = []string{"up.localhost"}
			c.Upstream.Certificates = map[string]tls.Certificate{"up.localhost": up.TLS.Certificates[0]}
		})
		if trusted {
			first.trusts.AddCert(cert)
		}
		for _, u := range []string{up.URL, plain.URL} {
			for _, h2 := range []bool{false, true} {
				if h2 && u == plain.URL {
					continue
				}
				path := fmt.Sprintf("/%v/%v/%d", trusted, h2, len(u))
				resp := must(first.client(h2).Get(strings.Replace(u, "127.0.0.1", "up.localhost", 1) + path))
				got := body(t, resp)
				if trusted != (resp.StatusCode == 200) {
					t.Errorf("%s%s: %d %q", u, path, resp.StatusCode, got)
				}
				if trusted && h2 != (got == "HTTP/2.0") {
					t.Errorf("%s%s: the upstream received the request as %s", u, path, got)
				}
			}
		}
	}
}
