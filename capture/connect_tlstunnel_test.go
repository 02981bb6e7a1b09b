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

// lines starts a TLS server that speaks something else than HTTP: it greets, unless greeting is "",
// and answers what the client said when that has said all.
func (g *rig) lines(greeting string, protos ...string) string {
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

// What is not HTTP passes inside TLS as well: undecrypted where the client says so with TLS, else
// taken off on one side and put on again on the other, whoever speaks first, each side ending by
// itself.
func TestTunnelsOfTLS(t *testing.T) {
	g := newRig(t)
	for _, tt := range []struct {
		name, greeting, proto string
	}{
		{"the client speaks first", "", ""},
		{"the server speaks first", "* OK ready\r\n", ""},
		{"the protocol is named", "", "mqtt"},
		{"the protocol is named, and the server speaks first", "hello\r\n", "mqtt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var protos []string
			trusted := g.cas
			if tt.proto != "" {
				protos, trusted = []string{tt.proto}, g.trusts // the real certificate
			}
			up := g.lines(tt.greeting, protos...)
			c := tls.Client(g.connect(up, ""), &tls.Config{RootCAs: trusted, ServerName: "example.com", NextProtos: protos})
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

// Clients that name no protocol with TLS, or an old one, are served HTTP, in each of its versions.
func TestUnnamedHTTP(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Method) })
	for _, protos := range [][]string{nil, {"http/1.0"}, {"x-new", "http/1.1"}} {
		c := tls.Client(g.connect(hostOf(up), ""), &tls.Config{RootCAs: g.cas, ServerName: "example.com", NextProtos: protos})
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
