package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/cli"
)

// TestServersOfTheNetwork starts servers that other machines may reach, with TLS and without. Each
// warns of what they can read, and says where the token is.
func TestServersOfTheNetwork(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(cli.ConfigEnv, "")
	makeHubKeys(t)
	statusSockets(t)
	emptyStore(t, ".")
	if err := os.WriteFile("p.yaml", []byte("version: 1\ntools: {a: {}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile("hub.pem")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer tr.CloseIdleConnections()
	const secured = " --tls-cert hub.pem --tls-key hub.key"
	for _, tt := range []struct {
		args          string
		want, without []string
		get           string // what to read from the last address that is printed
	}{
		{"mcp --db flows.db --http 0.0.0.0:0 --allow-remote --token-file token",
			[]string{"spectap: warning: without TLS, the network can read the token and all calls (--tls-cert, --tls-key)\n", "spectap: the bearer token is in token\n"}, nil, ""},
		{"mcp --db flows.db --http 0.0.0.0:0 --allow-remote --token-file token" + secured, []string{"MCP at https://", "spectap: the bearer token is in token\n"}, []string{"warning"}, ""},
		{"mcp --db flows.db --http 127.0.0.1:0 --token-file token", []string{"spectap: the bearer token is in token\n"}, []string{"warning"}, ""},
		{"lint --http 0.0.0.0:0 --allow-remote", []string{"spectap: warning: every machine that reaches this address may use it, without TLS (--tls-cert, --tls-key)\n", "listening on http://"}, nil, "/"},
		{"lint --http 0.0.0.0:0 --allow-remote" + secured, []string{"spectap: warning: every machine that reaches this address may use it\n", "listening on https://"}, nil, "/"},
		{"lint --http 127.0.0.1:0", []string{"listening on http://"}, []string{"warning"}, "/"},
		{"gateway --policy p.yaml --http 127.0.0.1:0 --allow-remote --metrics 0.0.0.0:0" + secured + " -- true",
			[]string{"spectap: warning: everyone who reaches that address can read the metrics\n", "metrics at https://"}, nil, "/metrics"},
		{"gateway --policy p.yaml --http 127.0.0.1:0 --metrics 127.0.0.1:0 -- true", []string{"metrics at http://"}, []string{"warning"}, "/metrics"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			errs, status := &guarded{}, make(chan int, 1)
			go func() { status <- run(ctx, strings.Fields(tt.args), strings.NewReader(""), io.Discard, errs) }()
			has := func() bool {
				for _, want := range tt.want {
					if !strings.Contains(errs.String(), want) {
						return false
					}
				}
				return true
			}
			for began := time.Now(); !has(); {
				if time.Since(began) > time.Minute {
					t.Fatalf("got %s, want %q", errs, tt.want)
				}
			}
			if tt.get != "" {
				found := regexp.MustCompile(tt.want[len(tt.want)-1] + `(\S+:\d+)`).FindStringSubmatch(errs.String())
				scheme := "http"
				if strings.Contains(tt.want[len(tt.want)-1], "https") {
					scheme = "https"
				}
				address := regexp.MustCompile(`^.*:`).ReplaceAllString(found[1], "127.0.0.1:")
				resp, err := (&http.Client{Transport: tr}).Get(scheme + "://" + address + tt.get)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if tt.get == "/metrics" && resp.StatusCode != http.StatusOK {
					t.Errorf("%s: %s", tt.get, resp.Status)
				}
			}
			stop()
			if n := <-status; n != cli.ExitFine {
				t.Errorf("status %d: %s", n, errs)
			}
			for _, without := range tt.without {
				if strings.Contains(errs.String(), without) {
					t.Errorf("it says %s", errs)
				}
			}
		})
	}
}
