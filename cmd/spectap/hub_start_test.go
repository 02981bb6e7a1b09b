//go:build !nohub

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// startHub runs a hub until the test ends, and returns its address.
func startHub(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		ended <- run(ctx, append([]string{"hub", "--jetstream", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), w, &errs)
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if s := <-ended; s != 0 {
			t.Errorf("the hub ended with %d: %s", s, errs.String())
		}
	})
	var address string
	must(fmt.Fscanf(r, "listening on %s", &address))
	go io.Copy(io.Discard, r)
	return address
}

// runHere runs a command and returns its status and output.
func runHere(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(context.Background(), args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

// makeHubKeys writes a certificate, hub.pem and hub.key, and keys of a hub in the folder hub: those
// of a source, a worker and readers of two teams.
func makeHubKeys(t *testing.T) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	s.Close()
	der := must(x509.MarshalPKCS8PrivateKey(s.TLS.Certificates[0].PrivateKey))
	write := func(name string, data []byte) {
		noError(t, os.WriteFile(name, data, 0o600))
	}
	write("hub.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	write("hub.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for name, args := range map[string][]string{
		"pod.nk": {"--team", "shop", "--source", "pod-1"}, "reader.nk": {"--team", "shop", "--reader"}, "bank.nk": {"--team", "bank", "--reader"},
		"worker.nk": {"--team", "shop", "--worker"}, "editor.nk": {"--team", "shop", "--editor"},
	} {
		status, out, errs := runHere(append([]string{"hub", "key", "--dir", "hub"}, args...)...)
		if status != 0 {
			t.Fatal(errs)
		}
		write(name, []byte(out))
	}
}

// TestHubRefuses checks that no hub starts with keys that it cannot read, as it then would admit
// everybody.
func TestHubRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	noError(t, os.Mkdir("broken", 0o700))
	for _, keys := range []string{"", "{", `{"team":"shop"}`} {
		noError(t, os.WriteFile("broken/keys.json", []byte(keys), 0o600))
		for _, tt := range []struct {
			want string
			args []string
		}{
			{"read the keys of the hub: broken/keys.json: ", []string{"hub", "--jetstream", "--listen", "127.0.0.1:0", "--dir", "broken"}},
			{"shorter than 16 characters", []string{"hub", "--jetstream", "--listen", "127.0.0.1:0", "--dir", "new", "--cluster-secret", "broken/keys.json"}},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			var out, errs bytes.Buffer
			status := run(ctx, tt.args, strings.NewReader(""), &out, &errs)
			if status == cli.ExitFine || ctx.Err() != nil || !strings.Contains(errs.String(), tt.want) {
				t.Errorf("%q with the keys %q: %d, %s%s", tt.args, keys, status, &out, &errs)
			}
			cancel()
		}
	}
}
