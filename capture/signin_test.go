package capture

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// signedConn is what a server knows of a connection.
type signedConn struct {
	number     int64
	user       string // who signed in on it
	challenged bool
}

type signedConnKey struct{}

// serveSigned answers with who signed in on the connection, and its number. The first word of
// Authorization is the scheme, the second one the user or, in the first message of NTLM, "hello".
func serveSigned(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	c := r.Context().Value(signedConnKey{}).(*signedConn)
	scheme, user, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case scheme == "NTLM" && user == "hello":
		c.challenged = true
		w.Header().Set("WWW-Authenticate", "NTLM challenge")
	case scheme == "NTLM" && c.challenged, scheme == "negotiate":
		c.user = user
	case scheme == "Basic":
		c.user = user
		w.Header().Set("Persistent-Auth", "true")
	case c.user == "" && r.Method != http.MethodPut: // its refusal offers nothing
		w.Header().Set("WWW-Authenticate", `Basic realm="a", Negotiate, NTLM`)
	}
	if c.user == "" {
		w.WriteHeader(http.StatusUnauthorized)
	}
	fmt.Fprintf(w, "%s on %d", c.user, c.number)
}

// signing starts a server whose connections are signed in. It sends the numbers of those that end.
func signing(t *testing.T, secure bool) (*httptest.Server, <-chan int64) {
	var count atomic.Int64
	var conns sync.Map // net.Conn to *signedConn
	ended := make(chan int64, 100)
	s := httptest.NewUnstartedServer(http.HandlerFunc(serveSigned))
	s.EnableHTTP2 = true
	s.Config.ConnContext = func(ctx context.Context, nc net.Conn) context.Context {
		c := &signedConn{number: count.Add(1)}
		conns.Store(nc, c)
		return context.WithValue(ctx, signedConnKey{}, c)
	}
	s.Config.ConnState = func(nc net.Conn, state http.ConnState) {
		if c, ok := conns.Load(nc); ok && state == http.StateClosed {
			ended <- c.(*signedConn).number
		}
	}
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, ended
}

// askSigned sends a request and returns who is signed in on which connection.
func askSigned(t *testing.T, c *http.Client, method, url, authorization string) (user string, conn int64) {
	t.Helper()
	var sent io.Reader
	if method != http.MethodGet {
		sent = strings.NewReader("body")
	}
	r := must(http.NewRequest(method, url, sent))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp := must(c.Do(r))
	got := body(t, resp)
	offers := resp.Header.Get("WWW-Authenticate") != "" && r.URL.Scheme == "http"
	if support := resp.Header.Get("Proxy-Support"); offers != (support == "Session-Based-Authentication") {
		t.Errorf("%s: Proxy-Support is %q", got, support)
	}
	user, number, _ := strings.Cut(got, " on ")
	return user, must(strconv.ParseInt(number, 10, 64))
}

// TestSignedInConnections checks that a connection to an upstream on which a client signed in is
// used by that client's connection only, that the messages of a sign-in and the requests after it
// share that connection, and that it ends with the client's.
func TestSignedInConnections(t *testing.T) {
	for _, way := range []string{"proxy request", "in CONNECT", "TLS", "HTTP/2", "reverse", "through an upstream proxy"} {
		for _, signIn := range [][]string{{"NTLM hello", "NTLM "}, {"negotiate "}} {
			try := func(t *testing.T) (problems []string) {
				s, ended := signing(t, way == "TLS" || way == "HTTP/2")
				second := newRig(t)
				g := newRig(t, func(c *Config) {
					switch way {
					case "reverse":
						c.Reverse = must(url.Parse(s.URL))
					case "through an upstream proxy":
						c.Upstream.Proxy = &url.URL{Scheme: "http", Host: second.addr}
					}
				})
				base := s.URL
				if s.TLS != nil {
					g.trusts.AddCert(s.Certificate())
				}
				client := func() *http.Client { return g.client(way == "HTTP/2") }
				switch way {
				case "reverse":
					base = "http://" + g.addr
					client = func() *http.Client { return &http.Client{Transport: &http.Transport{}} }
				case "in CONNECT":
					client = func() *http.Client {
						dial := func(_ context.Context, _, addr string) (net.Conn, error) { return g.connect(addr, ""), nil }
						return &http.Client{Transport: &http.Transport{DialContext: dial}}
					}
				case "through an upstream proxy":
					base = strings.Replace(base, "127.0.0.1", "up.localhost", 1)
				}
				ann, bob := client(), client()
				for _, c := range []*http.Client{bob, ann} { // leaves a connection that is shared
					askSigned(t, c, "GET", base, "")
				}
				signInAs := func(c *http.Client, user string) (conn int64) {
					for _, message := range signIn {
						if strings.HasSuffix(message, " ") {
							message += user
						}
						_, conn = askSigned(t, c, "GET", base, message)
					}
					return conn
				}
				want := func(who string, c *http.Client, user string, conn int64) {
					t.Helper()
					for _, method := range []string{"GET", "POST", "GET"} {
						got, on := askSigned(t, c, method, base, "")
						if got != user || user != "" && on != conn {
							problems = append(problems, fmt.Sprintf("%s: %s is %q on connection %d, want %q on %d", who, method, got, on, user, conn))
						}
					}
				}
				anns := signInAs(ann, "ann")
				want("ann", ann, "ann", anns)
				want("bob", bob, "", 0)
				want("a new client", client(), "", 0)
				want("bob, signed in", bob, "bob", signInAs(bob, "bob"))
				want("ann, later", ann, "ann", anns)
				if len(problems) > 0 {
					return problems
				}
				ann.CloseIdleConnections()
				for late := time.After(time.Minute); ; {
					select {
					case n := <-ended:
						if n == anns {
							return nil
						}
					case <-late:
						t.Fatal("the connection of a client that left did not end within a minute")
					}
				}
			}
			t.Run(way+", "+signIn[0], func(t *testing.T) {
				// Under load, the client of net/http takes a new connection now and then.
				problems := try(t)
				for n := 0; n < 3 && len(problems) > 0; n++ {
					problems = try(t)
				}
				for _, problem := range problems {
					t.Error(problem)
				}
			})
		}
	}
}

// TestPersistentAuth checks that a connection is not shared after a response that says that it was
// signed in, after any request.
func TestPersistentAuth(t *testing.T) {
	s, _ := signing(t, false)
	g := newRig(t)
	for _, method := range []string{"GET", "POST"} {
		ann, bob := g.client(false), g.client(false)
		askSigned(t, bob, "PUT", s.URL, "") // leaves a connection that is shared
		if user, _ := askSigned(t, ann, method, s.URL, "Basic ann"); user != "ann" {
			t.Fatalf("signed in as %q", user)
		}
		for _, m := range []string{"GET", "POST"} {
			if user, _ := askSigned(t, bob, m, s.URL, ""); user != "" {
				t.Errorf("%s after %s: bob acts for %q", m, method, user)
			}
		}
	}
}
