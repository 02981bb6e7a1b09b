package capture

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestIsOwn checks which requests are for the proxy itself, by the address at which the client
// reached it.
func TestIsOwn(t *testing.T) {
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	lan := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}
	socket := &net.UnixAddr{Name: "proxy.sock", Net: "unix"}
	for _, tt := range []struct {
		name, method, url string
		at                net.Addr
		want              bool
	}{
		{"path", "GET", "/ca.pem", local, true},
		{"name of the page", "GET", "http://spectap.test/ca.pem", local, true},
		{"name of the page over TLS", "GET", "https://SPECTAP.test/", local, true},
		{"name below it", "GET", "http://a.spectap.test/", local, false},
		{"address", "GET", "http://127.0.0.1:8080/", local, true},
		{"address over TLS", "GET", "https://127.0.0.1:8080/", local, false},
		{"another port", "GET", "http://127.0.0.1:8081/", local, false},
		{"no port", "GET", "http://127.0.0.1/", local, false},
		{"another loopback address", "GET", "http://127.0.0.2:8080/", local, false},
		{"localhost", "GET", "http://LocalHost:8080/", local, true},
		{"a name below localhost", "GET", "http://a.localhost.:8080/", local, true},
		{"localhost at another port", "GET", "http://localhost:8081/", local, false},
		{"another name", "GET", "http://a.example:8080/", local, false},
		{"CONNECT", "CONNECT", "http://127.0.0.1:8080/", local, false},
		{"address in the network", "GET", "http://192.0.2.1:8080/", lan, true},
		{"localhost of a client in the network", "GET", "http://localhost:8080/", lan, false},
		{"socket", "GET", "http://proxy.sock/", socket, true},
		{"not the socket", "GET", "http://a.example/", socket, false},
		{"unknown address, own host", "GET", "http://a.example/", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.url, nil)
			if tt.at != nil {
				r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, tt.at))
			}
			if got := isOwn(r); got != tt.want {
				t.Errorf("%s %s at %v: %t", tt.method, tt.url, tt.at, got)
			}
		})
	}
}

// TestPageNamesAddresses checks which addresses the page offers to other machines: the one that the
// visitor uses, or, if the proxy listens everywhere, those of this machine's networks, at each of
// which it answers.
func TestPageNamesAddresses(t *testing.T) {
	g := newRig(t)
	for name, tt := range map[string]struct {
		at   net.Addr
		want string
	}{
		"in the network": {&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}, "192.0.2.1:8080"},
		"loopback":       {must(net.ResolveTCPAddr("tcp", g.addr)), ""},
		"socket":         {&net.UnixAddr{Name: "x", Net: "unix"}, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, tt.at))
		if got := strings.Join(g.proxy.remoteAddrs(r), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	go g.proxy.Serve(l)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	page := body(t, must(http.Get("http://127.0.0.1:"+port+"/")))
	for _, a := range must(net.InterfaceAddrs()) {
		ip := a.(*net.IPNet).IP
		addr := net.JoinHostPort(ip.String(), port)
		if wanted := ip.To4() != nil && ip.IsGlobalUnicast(); wanted != strings.Contains(page, ">http://"+addr+"/<") {
			t.Errorf("%s is on the page: %t", addr, !wanted)
		} else if wanted {
			if got := body(t, must(http.Get("http://"+addr+"/answer"))); got != "spectap\n" {
				t.Errorf("%s answers %q", addr, got)
			}
		}
	}
	if page := body(t, must(http.Get("http://"+g.addr+"/"))); strings.Contains(page, ":"+port) {
		t.Error("the page of a listener on loopback names other addresses")
	}
}

// TestConnectWithinConnect checks that a connection leads to the host of its CONNECT only.
func TestConnectWithinConnect(t *testing.T) {
	g := newRig(t)
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) { t.Errorf("the upstream gets %s", r.Method) })
	c := g.secure(hostOf(up))
	io.WriteString(c, "CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\nConnection: close\r\n\r\n")
	if got, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 405 ") {
		t.Errorf("%q, %v", got, err)
	}
	if n := g.proxy.Stats().Active; n != 0 || len(g.sink.flows) != 0 {
		t.Errorf("%d exchanges, %d records", n, len(g.sink.flows))
	}
}

// TestPageNamesPassword checks that the steps of the page have a password if the proxy asks for one.
func TestPageNamesPassword(t *testing.T) {
	for _, admit := range []func(user, password string) bool{nil, func(string, string) bool { return true }} {
		g := newRig(t, func(c *Config) { c.Admit = admit })
		resp, err := http.Get("http://" + g.addr + "/")
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(body(t, resp), "USER:PASSWORD@"); got != (admit != nil) {
			t.Errorf("credentials wanted %t, on the page %t", admit != nil, got)
		}
	}
}
