package capture

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/elazarl/goproxy"

	"github.com/spectap/spectap/flow"
)

// TestExchange checks that an exchange over each kind of connection arrives and is recorded
// completely.
func TestExchange(t *testing.T) {
	g := newRig(t)
	handler := func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Twice", "one")
		w.Header().Add("X-Twice", "two")
		w.Header().Set("X-Seen-Proto", r.Proto)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"got":%q}`, b)
	}
	secure, plain := g.upstream(handler), g.plain(handler)
	for _, tt := range []struct {
		name, url, proto string
		h2               bool
	}{
		{"https over http/1.1", secure.URL, "HTTP/1.1", false},
		{"https over http/2", secure.URL, "HTTP/2.0", true},
		{"http", plain.URL, "HTTP/1.1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := "/a%2Fb/" + strings.ReplaceAll(tt.name, " ", "-")
			req := must(http.NewRequest("POST", tt.url+path+"?q=1&q=%20;x", strings.NewReader("hello")))
			req.Header.Set("Authorization", "Bearer t")
			resp := must(g.client(tt.h2).Do(req))
			if got := body(t, resp); resp.StatusCode != 201 || got != `{"got":"hello"}` {
				t.Errorf("client got %d %q", resp.StatusCode, got)
			}
			if got := resp.Header.Get("X-Seen-Proto"); got != tt.proto {
				t.Errorf("upstream saw %s, want %s", got, tt.proto)
			}
			f := g.sink.done(t, path)
			scheme, authority, _ := strings.Cut(tt.url, "://")
			q := f.Request
			if q.Method != "POST" || q.Scheme != scheme || q.Authority != authority ||
				q.RawQuery != "q=1&q=%20;x" || q.Proto != tt.proto {
				t.Errorf("recorded request line %+v", q)
			}
			if q.Header.Get("Authorization") != "Bearer t" || q.Header.Has("Proxy-Connection") ||
				q.Header.Has("Host") == tt.h2 || !tt.h2 && q.Header.Get("Host") != authority {
				t.Errorf("recorded request header %v", q.Header)
			}
			if string(q.Body.Data) != "hello" || q.Body.Size != 5 || q.Body.Truncated {
				t.Errorf("recorded request body %+v", q.Body)
			}
			if f.Response == nil || f.Response.Status != 201 || string(f.Response.Body.Data) != `{"got":"hello"}` ||
				f.Response.Body.Truncated {
				t.Fatalf("recorded response %+v", f.Response)
			}
			if got := f.Response.Header.Values("X-Twice"); !slices.Equal(got, []string{"one", "two"}) {
				t.Errorf("X-Twice recorded as %q", got)
			}
			if f.Source != Source || f.Err != "" || f.Took <= 0 || f.Started.IsZero() || f.ID == (flow.ID{}) {
				t.Errorf("recorded flow %+v", f)
			}
		})
	}
}

// TestRequestIsRecordedBeforeTheResponse checks that a request is recorded once it is sent, and
// again with its response under the same ID.
func TestRequestIsRecordedBeforeTheResponse(t *testing.T) {
	g := newRig(t)
	release := make(chan struct{})
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-release
	})
	for _, h2 := range []bool{false, true} {
		client := g.client(h2)
		for _, question := range []string{"", "question"} {
			path := fmt.Sprintf("/slow%s%t", question, h2)
			var sent io.Reader
			if question != "" {
				sent = strings.NewReader(question)
			}
			req := must(http.NewRequest("POST", up.URL+path, sent))
			done := make(chan error, 1)
			go func() {
				resp, err := client.Do(req)
				if err == nil {
					resp.Body.Close()
				}
				done <- err
			}()
			first := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.Path == path })
			if first.Done || string(first.Request.Body.Data) != question || first.Response != nil {
				t.Errorf("%s: first record: %+v", path, first)
			}
			release <- struct{}{}
			noError(t, <-done)
			if last := g.sink.done(t, path); last.ID != first.ID {
				t.Errorf("%s: the completion has another ID", path)
			}
		}
	}
}

// TestLeavesChainToOurCA checks that each host has one cached leaf certificate, signed by the CA of
// this installation and not by the CA of goproxy, whose key is public.
func TestLeavesChainToOurCA(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(http.ResponseWriter, *http.Request) {})
	c := g.secure(hostOf(up))
	leaf := c.ConnectionState().PeerCertificates[0]
	if err := leaf.CheckSignatureFrom(g.ca.Root()); err != nil {
		t.Error(err)
	}
	if leaf.CheckSignatureFrom(goproxy.GoproxyCa.Leaf) == nil {
		t.Error("the leaf is signed by the published CA of goproxy")
	}
	if err := leaf.VerifyHostname("127.0.0.1"); err != nil {
		t.Error(err)
	}
	again := g.secure(hostOf(up)).ConnectionState().PeerCertificates[0]
	if !leaf.Equal(again) {
		t.Error("a second connection got another leaf")
	}
}

// TestLeafFollowsSNI checks that the leaf certificate names the server name of the ClientHello
// (SNI), not the CONNECT host.
func TestLeafFollowsSNI(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(http.ResponseWriter, *http.Request) {})
	c := tls.Client(g.connect(hostOf(up), ""), &tls.Config{RootCAs: g.cas, ServerName: "shop.example"})
	noError(t, c.Handshake())
}

// TestSessionsResume checks that TLS sessions are resumed. goproxy clones its configuration for
// each connection, which prevents this.
func TestSessionsResume(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	conf := &tls.Config{RootCAs: g.cas, ServerName: "127.0.0.1", ClientSessionCache: tls.NewLRUClientSessionCache(4)}
	var resumed []bool
	for range 2 {
		c := tls.Client(g.connect(hostOf(up), ""), conf)
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		b, err := io.ReadAll(c) // reads the session ticket as well
		if err != nil || !strings.HasSuffix(string(b), "ok") {
			t.Fatalf("%q, %v", b, err)
		}
		resumed = append(resumed, c.ConnectionState().DidResume)
	}
	if !slices.Equal(resumed, []bool{false, true}) {
		t.Errorf("resumed: %v", resumed)
	}
}

// TestBytesAfterConnectAreRead checks that bytes sent right after CONNECT are read. goproxy has
// them in a buffer that it drops.
func TestBytesAfterConnectAreRead(t *testing.T) {
	g := newRig(t)
	up := g.plain(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "early") })
	c := g.connect(hostOf(up), "GET /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	b, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(b), "early") {
		t.Errorf("%q, %v", b, err)
	}
	if f := g.sink.done(t, "/e"); f.Request.Scheme != "http" || f.Request.Authority != hostOf(up) {
		t.Errorf("recorded as %s", f.Request.URL())
	}
}

// TestConnectSelectsTheUpstream checks that the CONNECT authority, not the Host header, selects the
// upstream, and that a different Host header is forwarded, recorded and counted.
func TestConnectSelectsTheUpstream(t *testing.T) {
	g := newRig(t)
	a := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "A for ", r.Host) })
	b := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "B") })
	req := must(http.NewRequest("GET", a.URL+"/front", nil))
	req.Host = hostOf(b)
	resp := must(g.client(false).Do(req))
	if got := body(t, resp); got != "A for "+hostOf(b) {
		t.Errorf("got the response of %q", got)
	}
	f := g.sink.done(t, "/front")
	if f.Request.Authority != hostOf(a) || f.Request.Header.Get("Host") != hostOf(b) {
		t.Errorf("recorded as %s with Host %q", f.Request.Authority, f.Request.Header.Get("Host"))
	}
	if n := g.proxy.Stats().Fronted; n != 1 {
		t.Errorf("fronted: %d", n)
	}
}

// TestServerNameOfAnotherHost checks that a TLS server name which is not that of the connection is
// counted and marked.
func TestServerNameOfAnotherHost(t *testing.T) {
	g := newRig(t)
	u := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "A") })
	at := strings.Replace(u.URL, "127.0.0.1", "localhost", 1)
	for name, want := range map[string][]string{"localhost": nil, "front.example": {"sni:front.example"}} {
		client := g.client(false)
		tr := client.Transport.(*http.Transport)
		tr.TLSClientConfig.ServerName = name
		resp := must(client.Get(at + "/" + name))
		body(t, resp)
		if f := g.sink.done(t, "/"+name); !slices.Equal(f.Tags, want) {
			t.Errorf("%s: tags %q, want %q", name, f.Tags, want)
		}
	}
	if n := g.proxy.Stats().Fronted; n != 1 {
		t.Errorf("fronted: %d", n)
	}
}

// TestAbsoluteHTTPSURL checks that a client may leave TLS to the proxy by requesting an https URL
// without CONNECT.
func TestAbsoluteHTTPSURL(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.TLS != nil) })
	c := must(net.Dial("tcp", g.addr))
	defer c.Close()
	fmt.Fprintf(c, "GET %s/plainly?q HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", up.URL)
	if b, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(b), "\r\n\r\ntrue") {
		t.Errorf("%q, %v", b, err)
	}
	if f := g.sink.done(t, "/plainly"); f.Request.URL() != up.URL+"/plainly?q" {
		t.Errorf("recorded as %s", f.Request.URL())
	}
}

// TestPathsAreKeptVerbatim checks that bytes of a path that url.URL would escape are forwarded
// unchanged.
func TestPathsAreKeptVerbatim(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RequestURI) })
	for _, path := range []string{"/a|b", "/a%7Cb", "/a%2fb", "//double//slash", "/ä", "/x;y=1", "/a?", "/a?b|c=%zz"} {
		t.Run(path, func(t *testing.T) {
			c := g.secure(hostOf(up))
			io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			b, _ := io.ReadAll(c)
			if !strings.HasSuffix(string(b), "\r\n\r\n"+path) {
				t.Errorf("%s arrived as %q", path, b[max(0, len(b)-20):])
			}
		})
	}
}
