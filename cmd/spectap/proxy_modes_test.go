package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// liveProxy is a running proxy command with a client for it.
type liveProxy struct {
	t        *testing.T
	db, addr string
	ca       *x509.CertPool
	errs     logged // of stderr
	ended    chan int
	stop     context.CancelFunc
}

// startProxy runs the proxy command with flags until the test ends.
func startProxy(t *testing.T, db string, args ...string) *liveProxy {
	t.Helper()
	t.Setenv(cli.ConfigEnv, "")
	caDir := filepath.Join(t.TempDir(), "ca")
	out, stdout := io.Pipe()
	r := &liveProxy{t: t, db: db, ca: x509.NewCertPool(), errs: make(logged, 1000), ended: make(chan int, 1)}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		r.ended <- run(ctx, append([]string{"proxy", "--db", db, "--ca-dir", caDir, "--listen", "127.0.0.1:0"}, args...), nil, stdout, r.errs)
		stdout.Close()
	}()
	lines := bufio.NewScanner(out)
	lines.Scan()
	addr, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok {
		t.Fatalf("first line %q, stderr %v", lines.Text(), len(r.errs))
	}
	r.addr = addr
	ca := readFile(t, filepath.Join(caDir, "ca.pem"))
	r.ca.AppendCertsFromPEM(ca)
	t.Cleanup(func() { r.end() })
	return r
}

// end interrupts the proxy and returns its exit status and its last output.
func (r *liveProxy) end() (status int, said string) {
	r.stop()
	status = <-r.ended
	r.ended <- status // for the next call
	for len(r.errs) > 0 {
		said += <-r.errs
	}
	return status, said
}

// get sends a request through the proxy, or to the proxy itself.
func (r *liveProxy) get(target string) (status int, body string) {
	r.t.Helper()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.ca}}
	defer tr.CloseIdleConnections()
	if !strings.Contains(target, r.addr) {
		tr.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: r.addr})
	}
	resp := must((&http.Client{Transport: tr}).Get(target))
	defer resp.Body.Close()
	b := must(io.ReadAll(resp.Body))
	return resp.StatusCode, string(b)
}

// spectap runs another command on the store of the proxy.
func (r *liveProxy) spectap(args ...string) string {
	r.t.Helper()
	return command(r.t, append(args, "--db", r.db)...)
}

// TestProxySkip checks that flows of --skip, or of the configuration file without it, are not
// stored and that their number is printed.
func TestProxySkip(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/picture" {
			w.Header().Set("Content-Type", "image/webp")
		}
		io.WriteString(w, "{}")
	}))
	defer up.Close()
	base := "http://api.localhost" + up.URL[strings.LastIndex(up.URL, ":"):]
	config := filepath.Join(t.TempDir(), "c.yaml")
	noError(t, os.WriteFile(config, []byte("proxy:\n  skip:\n    - path:/data\n"), 0o600))
	for _, tt := range []struct {
		args   []string
		stored string
		said   string
	}{
		{[]string{"--skip", "ext:png,css", "--skip", "type:image/*"}, "/data\n", "3 requests skipped"},
		{[]string{"--config", config}, "/a.css\n/logo.PNG\n/picture\n", "1 request skipped"},
		{[]string{"--config", config, "--skip", "ext:png"}, "/a.css\n/data\n/picture\n", "1 request skipped"},
		{[]string{"--config", config, "--skip", ""}, "/a.css\n/data\n/logo.PNG\n/picture\n", ""},
	} {
		r := startProxy(t, filepath.Join(t.TempDir(), "s.db"), tt.args...)
		for _, path := range []string{"/logo.PNG", "/a.css?v=1", "/picture", "/data"} {
			if status, body := r.get(base + path); status != 200 || body != "{}" {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
		var stored []string
		for line := range strings.Lines(r.spectap("flows", "ls", "--json")) {
			var f struct{ Path string }
			noError(t, json.Unmarshal([]byte(line), &f))
			stored = append(stored, f.Path+"\n")
		}
		slices.Sort(stored)
		if got := strings.Join(stored, ""); got != tt.stored {
			t.Errorf("%v: stored %q, want %q", tt.args, got, tt.stored)
		}
		if _, said := r.end(); !strings.Contains(said, tt.said) || (tt.said == "") == strings.Contains(said, "skipped") {
			t.Errorf("%v: %s", tt.args, said)
		}
	}
}

// TestProxyRetention checks that a proxy drops the oldest flows of a store above its size limit.
// What was learned from them stays without --forget.
func TestProxyRetention(t *testing.T) {
	for _, forget := range []bool{false, true} {
		db := filepath.Join(t.TempDir(), "s.db")
		st := openStore(t, db, store.Options{Create: true})
		ask := func(path string, size int) flow.Flow {
			data := make([]byte, size)
			rand.Read(data)
			return flow.Flow{Done: true, Source: "proxy", Started: time.Now(),
				Request: flow.Request{Method: "GET", Scheme: "https", Authority: "shop.example", Path: path},
				Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
					Body: flow.Body{Data: append([]byte(`{"a":1}`), data...), Size: int64(7 + size)}}}
		}
		must(st.Append(t.Context(), ask("/oldest/thing", 0)))
		for range 8 {
			must(st.Append(t.Context(), ask("/filler/x", 1<<18)))
		}
		st.Close()
		if out := command(t, "export", "--db", db); !strings.Contains(out, "/oldest/thing") {
			t.Fatal(out)
		}
		args := []string{"--keep-size", "1MiB", "--keep-age", "0"}
		if forget {
			args = append(args, "--forget")
		}
		r := startProxy(t, db, args...)
		for r.spectap("flows", "ls", "--count") == "9\n" { // retention runs concurrently with the start
			r.get("http://" + r.addr + "/")
		}
		if got := r.spectap("flows", "ls", "path:/oldest"); got != "" {
			t.Errorf("the oldest is still there: %s", got)
		}
		if learned := strings.Contains(r.spectap("export"), "/oldest/thing"); learned == forget {
			t.Errorf("forget: %t, learned data is there: %t", forget, learned)
		}
		r.end()
	}
}

// TestProxyRemoteClients checks that a client which does not come from a loopback address reaches
// private addresses with --allow-private only.
func TestProxyRemoteClients(t *testing.T) {
	own := ownAddress(t)
	t.Setenv(capture.ProxyAuthEnv, "me:s3cret-word")
	private := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "private") }))
	defer private.Close()
	for _, tt := range []struct {
		name, host string
		flags      []string
		want       int
	}{
		{"remote", own, nil, http.StatusBadGateway},
		{"remote, allowed", own, []string{"--allow-private"}, http.StatusOK},
		{"local", "127.0.0.1", nil, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := startProxy(t, filepath.Join(t.TempDir(), "t.db"), append(tt.flags, "--allow-remote", "--listen", "0.0.0.0:0")...)
			_, port, _ := net.SplitHostPort(r.addr)
			tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: net.JoinHostPort(tt.host, port),
				User: url.UserPassword("me", "s3cret-word")})}
			defer tr.CloseIdleConnections()
			resp := must((&http.Client{Transport: tr}).Get(private.URL))
			resp.Body.Close()
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.want)
			}
		})
	}
}

// ownAddress returns an IPv4 address of this machine that is not loopback.
func ownAddress(t *testing.T) string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Skip(err)
	}
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	t.Skip("the machine has no address but loopback ones")
	return ""
}
