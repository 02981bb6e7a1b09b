package capture

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestPinningClients checks that a client which trusts only the real certificate is tunnelled after
// a few refused handshakes, for a limited time, while other clients are still decrypted.
func TestPinningClients(t *testing.T) {
	g, logged, clock := pinRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	pinned := func() error {
		c := tls.Client(g.connect(hostOf(up), ""), &tls.Config{RootCAs: g.trusts, ServerName: "example.com"})
		defer c.Close()
		return c.Handshake()
	}
	for i, want := range []bool{false, false, true, true} {
		if err := pinned(); (err == nil) != want {
			t.Errorf("handshake %d: %v", i+1, err)
		}
		if want {
			continue
		}
		<-logged // the proxy counts the refusal after it has read the client's alert
		f := g.sink.wait(t, func(f flow.Flow) bool { return f.Done && strings.Contains(f.Err, "unrecorded") == (i == 1) })
		if f.Request.Method != "CONNECT" || f.Request.Authority != hostOf(up) ||
			!strings.HasPrefix(f.Err, "the client refused the proxy's certificate") || !strings.Contains(f.Err, "--exclude "+hostOf(up)) {
			t.Errorf("%+v", f)
		}
	}
	if s := g.proxy.Stats(); s.Pinned != 2 || s.Handshakes != 2 {
		t.Errorf("%+v", s)
	}
	if got := g.proxy.PassedThrough(); !slices.Equal(got, []string{hostOf(up)}) {
		t.Errorf("passed through: %v", got)
	}
	clock.Add(int64(DefaultPassthrough))
	if err := pinned(); err != nil {
		t.Errorf("refused before DefaultPassthrough is over: %v", err)
	}
	clock.Add(1)
	if err := pinned(); err == nil {
		t.Error("still passed through after DefaultPassthrough")
	}
	if _, err := g.client(false).Get(up.URL + "/trusting"); err != nil { // the same client address, another program
		t.Error(err)
	}
	g.sink.done(t, "/trusting")
}

// logLines is a log writer that sends each line to the channel.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestPinningIsPerProgram checks that of two programs on one machine only the one that pins the
// certificate is tunnelled; the other is recorded throughout.
func TestPinningIsPerProgram(t *testing.T) {
	g, logged, _ := pinRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	pinned := func() error {
		c := tls.Client(g.connect(hostOf(up), ""),
			&tls.Config{RootCAs: g.trusts, ServerName: "example.com", CurvePreferences: []tls.CurveID{tls.CurveP256}})
		defer c.Close()
		return c.Handshake()
	}
	for i, want := range []bool{false, false, true, true} {
		if err := pinned(); (err == nil) != want {
			t.Errorf("handshake %d: %v", i+1, err)
		}
		if !want {
			if line := <-logged; i == 0 && (!strings.Contains(line, "level=WARN") || !strings.Contains(line, "refused the proxy's certificate")) {
				t.Errorf("at the first refusal: %s", line)
			}
		}
		path := fmt.Sprint("/", i)
		resp := must(g.client(i%2 == 0).Get(up.URL + path))
		body(t, resp)
		g.sink.done(t, path)
	}
	if s := g.proxy.Stats(); s.Pinned != 2 || s.Handshakes != 2 {
		t.Errorf("%+v", s)
	}
}

// TestOldClients checks that a client whose TLS version the proxy does not support is tunnelled to
// the upstream, which may support it.
func TestOldClients(t *testing.T) {
	g, logged, _ := pinRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	up.TLS.MinVersion = tls.VersionTLS10
	for i, want := range []bool{false, false, true} {
		c := tls.Client(g.connect(hostOf(up), ""), &tls.Config{
			RootCAs: g.trusts, ServerName: "example.com", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
		})
		if err := c.Handshake(); (err == nil) != want {
			t.Errorf("handshake %d: %v", i+1, err)
		}
		c.Close()
		if !want {
			<-logged
		}
	}
	for range tunnelWeight + 1 { // malformed ClientHellos do not count as refusals
		c := g.connect(hostOf(up), "\x16\x03\x01\x00\x05\x02xxxx")
		io.Copy(io.Discard, c)
		if line := <-logged; strings.Contains(line, "are tunnelled") {
			t.Error(line)
		}
	}
	if s := g.proxy.Stats(); s.Pinned != 1 || s.Handshakes != 2+tunnelWeight+1 {
		t.Errorf("%+v", s)
	}
}

// pinRig returns a rig, a channel with the lines of its log, and the offset of its clock, which
// tests set.
func pinRig(t *testing.T) (*rig, logLines, *atomic.Int64) {
	logged := make(logLines, 100)
	g := newRig(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(logged, nil)) })
	var clock atomic.Int64
	start := time.Now()
	g.proxy.pins.now = func() time.Time { return start.Add(time.Duration(clock.Load())) }
	return g, logged, &clock
}

// TestPinningAfterTheHandshake checks that clients are also detected as pinning when they check the
// certificate after the handshake and then close the connection without a request.
func TestPinningAfterTheHandshake(t *testing.T) {
	for i := range 6 {
		version := []uint16{tls.VersionTLS12, tls.VersionTLS13}[i/3]
		protos := [][]string{nil, {"http/1.1"}, {"h2"}}[i%3] // selects which server reads the client's first bytes
		for name, leave := range map[string]func(*tls.Conn){
			"close_notify": func(c *tls.Conn) { c.Close() },
			"TCP FIN only": func(c *tls.Conn) { c.NetConn().(*net.TCPConn).CloseWrite() },
			"reset":        func(c *tls.Conn) { c.NetConn().(*net.TCPConn).SetLinger(0); c.NetConn().Close() },
		} {
			t.Run(fmt.Sprintf("%s, %v, %s", tls.VersionName(version), protos, name), func(t *testing.T) {
				g, logged, _ := pinRig(t)
				up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
				for i, want := range []bool{false, false, false, true, true} {
					c := tls.Client(g.connect(hostOf(up), ""), &tls.Config{
						NextProtos: protos, InsecureSkipVerify: true, MinVersion: version, MaxVersion: version,
					})
					noError(t, c.Handshake())
					if real := c.ConnectionState().PeerCertificates[0].Equal(up.Certificate()); real != want {
						t.Errorf("connection %d: passed through: %t", i+1, real)
					}
					leave(c)
					if !want {
						<-logged
					}
					if i == 1 {
						g.sink.wait(t, func(f flow.Flow) bool { return strings.Contains(f.Err, "closed two connections") })
					}
				}
				if s := g.proxy.Stats(); s.Pinned != 2 || s.Handshakes != 3 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

// TestClientsThatDoNotPin checks that a client is not taken for a pinning one if it has another
// reason to close a connection: it connects in advance, it is known to send requests, or it leaves
// before it has seen the certificate.
func TestClientsThatDoNotPin(t *testing.T) {
	g, logged, clock := pinRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	states := g.innerStates()
	for range 5 { // connected in advance, then not needed
		c := g.secure(hostOf(up))
		<-states
		clock.Add(int64(quitTime))
		c.Close()
		if s := <-states; s != http.StateClosed || len(logged) > 0 {
			t.Fatalf("%v, %d lines logged", s, len(logged))
		}
	}
	for range 5 { // half a ClientHello
		g.connect(hostOf(up), "\x16\x03\x01\x02").Close()
		<-logged
	}
	if got := g.proxy.PassedThrough(); len(got) > 0 {
		t.Fatalf("passed through: %v", got)
	}
	g.secure(hostOf(up)).Close()
	<-logged
	if n := g.proxy.Stats().Handshakes; n != 1 { // until the client is known
		t.Errorf("%d handshakes failed, want 1", n)
	}
	resp, err := g.client(false).Get(up.URL + "/1")
	noError(t, err)
	body(t, resp)
	for range 5 { // connections of a known client, closed before a request
		g.secure(hostOf(up)).Close()
		<-logged
	}
	resp, err = g.client(false).Get(up.URL + "/2")
	noError(t, err)
	body(t, resp)
	g.sink.done(t, "/2")
	if s := g.proxy.Stats(); s.Pinned != 0 || s.Handshakes != 0 {
		t.Errorf("%+v", s)
	}
}
