package capture

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

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
	l := must(net.Listen("tcp4", "0.0.0.0:0"))
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
