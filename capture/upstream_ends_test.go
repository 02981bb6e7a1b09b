package capture

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestResponseBeforeRequestEnds checks that a request is recorded when its response begins, although
// its body is still being sent.
func TestResponseBeforeRequestEnds(t *testing.T) {
	g := newRig(t, func(c *Config) { c.timeouts.follow = time.Hour })
	up := g.upstream(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).EnableFullDuplex()
		io.WriteString(w, "early")
		w.(http.Flusher).Flush()
		io.Copy(io.Discard, r.Body)
	})
	sending, rest := io.Pipe()
	resp := must(g.client(false).Post(up.URL+"/upload", "text/plain", sending))
	f := g.sink.wait(t, func(f flow.Flow) bool { return f.Request.Path == "/upload" })
	if f.Done || f.Response != nil {
		t.Errorf("recorded first: %+v", f)
	}
	rest.Close()
	body(t, resp)
	if last := g.sink.done(t, "/upload"); last.ID != f.ID || last.Response.Status != 200 {
		t.Errorf("recorded at the end: %+v", last)
	}
}

// TestProxyToSpecialHosts checks that a remote client gets no private host by way of the upstream proxy,
// and that where there is no such proxy, the addresses of a host decide and not its name.
func TestProxyToSpecialHosts(t *testing.T) {
	via := must(url.Parse("http://proxy.example:3128"))
	for _, tt := range []struct {
		name, host string
		via        *url.URL
		public     bool
		want       *url.URL
		err        error
	}{
		{"a remote client", "api.example", via, true, via, nil},
		{"a remote client, a private host", "printer.localhost", via, true, nil, errPrivate},
		{"a remote client, a private address", "10.0.0.1", via, true, nil, errPrivate},
		{"a remote client, a private host, no proxy", "printer.localhost", nil, true, nil, nil},
		{"a local client, a private host", "printer.localhost", via, false, via, nil},
	} {
		p := newRig(t, func(c *Config) { c.Upstream.Proxy = tt.via }).proxy
		w := &routes{p: p, public: tt.public}
		got, err := w.proxyTo(&url.URL{Scheme: "http", Host: tt.host, Path: "/"})
		if err != tt.err || fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}
