package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// upstreamServer starts a TLS server and returns it with the file of its certificate.
func upstreamServer(t *testing.T) (s *httptest.Server, caFile string) {
	t.Helper()
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	t.Cleanup(s.Close)
	caFile = filepath.Join(t.TempDir(), "upstream.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	noError(t, os.WriteFile(caFile, data, 0o600))
	return s, caFile
}

// TestProxyCommand checks that the proxy prints its address, records until it is interrupted, and
// has stored everything when it exits.
func TestProxyCommand(t *testing.T) {
	up, upstreamCA := upstreamServer(t)
	dir := t.TempDir()
	db, caDir := filepath.Join(dir, "flows.db"), filepath.Join(dir, "ca")
	proxy := runProxy(t, db, caDir, upstreamCA)
	for i := range 20 {
		resp := must(proxy.client.Get(fmt.Sprintf("%s/items/%d", up.URL, i)))
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	// Other commands read the store through the proxy and see every recorded flow.
	var listed, complaint bytes.Buffer
	if s := run(context.Background(), []string{"flows", "ls", "--db", db, "--count"}, nil, &listed, &complaint); s != 0 || listed.String() != "20\n" {
		t.Errorf("flows ls --count while the proxy runs: %d, %q, %s", s, listed.String(), complaint.String())
	}
	proxy.stop()
	if want := "20 flows recorded in " + db; !strings.Contains(proxy.stderr.String(), want) {
		t.Errorf("stderr %q, want %q in it", proxy.stderr.String(), want)
	}
	st := openStore(t, db, store.Options{ReadOnly: true})
	defer st.Close()
	n := 0
	for f, err := range st.Scan(context.Background(), store.Query{}) {
		noError(t, err)
		if !f.Done || f.Response == nil || len(f.Response.Body.Data) == 0 {
			t.Errorf("flow %+v", f)
		}
		n++
	}
	if n != 20 {
		t.Errorf("%d flows stored", n)
	}
}

// TestProxyKilled checks that a killed proxy leaves a valid store, with the request that had no
// response.
func TestProxyKilled(t *testing.T) {
	entered := make(chan struct{})
	hang := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hangs" {
			close(entered)
			<-hang
		}
	}))
	defer up.Close()
	defer close(hang)
	dir := t.TempDir()
	db := filepath.Join(dir, "flows.db")
	addr, kill := startKillable(t, "proxy", "--db", db, "--ca-dir", filepath.Join(dir, "ca"), "--listen", "127.0.0.1:0")
	tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: addr})}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, Timeout: time.Minute}
	resp := must(client.Get(up.URL + "/answered"))
	resp.Body.Close()
	go client.Get(up.URL + "/hangs")
	<-entered
	// The open request is stored soon. The owner reports it once it is stored.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	owner := must(control.Dial(ctx, db))
	for f, err := range owner.Watch(ctx, 0) {
		noError(t, err)
		if f.Request.Path == "/hangs" {
			break
		}
	}
	owner.Close()
	kill()
	got := storedPaths(t, db)
	if len(got) != 2 || !got["/answered"] || got["/hangs"] {
		t.Errorf("stored, with those that are done: %v", got)
	}
}

// startKillable runs the program in a process of its own. It returns the address that the program
// prints, and a function that kills it.
func startKillable(t *testing.T, args ...string) (addr string, kill func()) {
	t.Helper()
	exe := must(os.Executable())
	link := filepath.Join(t.TempDir(), "spectap")
	if err := os.Symlink(exe, link); err != nil {
		t.Skip(err)
	}
	c := exec.Command(link, args...)
	out := must(c.StdoutPipe())
	noError(t, c.Start())
	kill = func() {
		c.Process.Kill()
		c.Wait()
	}
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	lines.Scan()
	return strings.TrimPrefix(lines.Text(), "listening on "), kill
}

// storedPaths returns whether the flow of each path is done. Flows that are not done must have no
// response.
func storedPaths(t *testing.T, db string) map[string]bool {
	t.Helper()
	st := openStore(t, db, store.Options{})
	defer st.Close()
	got := map[string]bool{}
	for f, err := range st.Scan(t.Context(), store.Query{}) {
		noError(t, err)
		got[f.Request.Path] = f.Done
		if f.Request.Path == "/hangs" && f.Response != nil {
			t.Error("a response to a request that had none")
		}
	}
	return got
}
