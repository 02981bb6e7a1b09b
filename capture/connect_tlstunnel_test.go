package capture

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// echoTLS starts a TLS server that does not speak HTTP. It sends greeting, reads until the client
// closes its direction, and repeats the bytes that it read.
func (g *rig) echoTLS(greeting string, protos ...string) string {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	certificates := s.TLS.Certificates
	g.trusts.AddCert(s.Certificate())
	s.Close()
	cfg := &tls.Config{Certificates: certificates, NextProtos: protos}
	return listen(g.t, func(c net.Conn) {
		tc := tls.Server(c, cfg)
		if tc.Handshake() != nil {
			return
		}
		io.WriteString(tc, greeting)
		b, _ := io.ReadAll(tc)
		fmt.Fprintf(tc, "%s you said %s", tc.ConnectionState().NegotiatedProtocol, b)
		tc.Close()
	})
}

// TestTunnelsOfTLS checks that protocols other than HTTP pass inside TLS. If the client names such
// a protocol in ALPN, the connection is tunnelled undecrypted; otherwise the proxy decrypts it and
// encrypts it again for the upstream. Either side may speak first, and each direction can be closed
// separately.
func TestTunnelsOfTLS(t *testing.T) {
	g := newRig(t)
	for _, tt := range []struct {
		name, greeting, proto string
	}{
		{"the client speaks first", "", ""},
		{"the server speaks first", "* OK ready\r\n", ""},
		{"ALPN names the protocol", "", "mqtt"},
		{"ALPN names the protocol and the server speaks first", "hello\r\n", "mqtt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var protos []string
			trusted := g.cas
			if tt.proto != "" {
				protos, trusted = []string{tt.proto}, g.trusts // the real certificate
			}
			up := g.echoTLS(tt.greeting, protos...)
			c := tls.Client(g.connect(up, ""),
				&tls.Config{RootCAs: trusted, ServerName: "example.com", NextProtos: protos})
			buf := make([]byte, len(tt.greeting))
			if _, err := io.ReadFull(c, buf); err != nil || string(buf) != tt.greeting {
				t.Fatalf("greeting %q, %v", buf, err)
			}
			io.WriteString(c, "\x10\x0c QUIT")
			c.CloseWrite()
			if b, err := io.ReadAll(c); err != nil || string(b) != tt.proto+" you said \x10\x0c QUIT" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	if s := g.proxy.Stats(); s.Tunnels != 4 || s.OutOfScope+s.Pinned+s.Handshakes != 0 {
		t.Errorf("%+v", s)
	}
}

// TestHTTPWithoutALPN checks that clients which name no protocol in ALPN, only HTTP/1.0, or an
// unknown one besides HTTP/1.1, are served HTTP.
func TestHTTPWithoutALPN(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method) })
	for _, protos := range [][]string{nil, {"http/1.0"}, {"x-new", "http/1.1"}} {
		c := tls.Client(g.connect(hostOf(up), ""),
			&tls.Config{RootCAs: g.cas, ServerName: "example.com", NextProtos: protos})
		br := bufio.NewReader(c)
		for _, method := range []string{"GET", "PROPFIND", "X-OWN"} {
			path := fmt.Sprintf("/%s/%d", method, len(protos))
			io.WriteString(c, method+" "+path+" HTTP/1.1\r\nHost: example.com\r\n\r\n")
			resp, err := http.ReadResponse(br, nil)
			if err != nil {
				t.Fatalf("%v: %v", protos, err)
			}
			if got := body(t, resp); got != method {
				t.Errorf("%v: %q", protos, got)
			}
			f := g.sink.done(t, path)
			if f.Request.Scheme != "https" || f.Request.Authority != hostOf(up) {
				t.Errorf("%v: recorded as %s", protos, f.Request.URL())
			}
		}
	}
	if got := g.proxy.Stats().Tunnels; got != 0 {
		t.Errorf("%d tunnels", got)
	}
}
