package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestLintTLS serves lint over HTTPS, and asks it with the certificate.
func TestLintTLS(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"lint", "--http", "127.0.0.1:0", "--tls-cert", "hub.pem", "--tls-key", "hub.key"}, nil, io.Discard, w)
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	lines.Scan()
	url, ok := strings.CutPrefix(lines.Text(), "listening on ")
	if !ok || !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Fatalf("got %q", lines.Text())
	}
	go io.Copy(io.Discard, r)
	pem, err := os.ReadFile("hub.pem")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	resp, err := client.Post(url+"/lint", "application/json", strings.NewReader(`{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "server-missing") {
		t.Errorf("%s: %s, %v", resp.Status, body, err)
	}
	stop()
	if code := <-ended; code != exitFine {
		t.Errorf("exit %d", code)
	}
}
