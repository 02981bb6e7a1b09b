//go:build !nohub

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/relay"
)

// startStoreHub runs a hub without an engine until the test ends, and returns its address.
func startStoreHub(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan int, 1)
	var errs bytes.Buffer
	go func() {
		ended <- run(ctx, append([]string{"hub", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), w, &errs)
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

// deliver sends one flow of a source to a hub.
func deliver(h *hub.Flags, source string) error {
	l, err := hub.OpenRemoteLog(h)
	if err != nil {
		return err
	}
	defer l.Close()
	codec := relay.NewCodec()
	f := flow.Flow{ID: flow.NewID(), Last: 1, Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: "/"}}
	data, err := codec.Encode(0, nil, []*flow.Flow{&f})
	if err != nil {
		return err
	}
	_, err = l.Append(context.Background(), &relay.Entry{Source: source, Last: 1, Data: data}, 0)
	return err
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

// TestStoreHubKeys starts a hub with keys and TLS, and checks the rights of sources, readers and
// unknown users.
func TestStoreHubKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t)
	if status, _, errs := runHere("hub", "--listen", "127.0.0.1:0", "--dir", "hub"); status == 0 || !strings.Contains(errs, "--tls-cert") {
		t.Errorf("a hub with keys and without TLS: %d, %s", status, errs)
	}
	if status, _, errs := runHere("hub", "--listen", "0.0.0.0:0", "--dir", "other"); status == 0 || !strings.Contains(errs, "loopback") {
		t.Errorf("a hub without keys for others: %d, %s", status, errs)
	}
	db := startStoreHub(t, "--dir", "hub", "--tls-cert", "hub.pem", "--tls-key", "hub.key") + "/shop"
	noError(t, deliver(&hub.Flags{Address: db, Creds: "pod.nk", TLSCA: "hub.pem"}, "pod-1.0a"))
	for what, h := range map[string]*hub.Flags{
		"a reader": {Address: db, Creds: "reader.nk", TLSCA: "hub.pem"}, "nobody": {Address: db, TLSCA: "hub.pem"},
	} {
		if err := deliver(h, "pod-1.0b"); err == nil {
			t.Errorf("%s delivered flows", what)
		}
	}
	for _, tt := range []struct {
		creds, want string
	}{{"reader.nk", "1\n"}, {"pod.nk", "not allowed"}, {"bank.nk", "not allowed"}, {"", "--creds FILE"}} {
		args := []string{"flows", "ls", "--count", "--db", db, "--tls-ca", "hub.pem"}
		if tt.creds != "" {
			args = append(args, "--creds", tt.creds)
		}
		if _, out, errs := runHere(args...); !strings.Contains(out+errs, tt.want) {
			t.Errorf("flows ls with %q: %s%s", tt.creds, out, errs)
		}
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
			{"read the keys of the hub: broken/keys.json: ", []string{"hub", "--listen", "127.0.0.1:0", "--dir", "broken"}},
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

// TestStoreHubWithoutKeys removes all keys of a running hub. It then admits nobody, not everybody,
// until there are keys again.
func TestStoreHubWithoutKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t)
	keys := readFile(t, "hub/keys.json")
	setKeys := func(data string) {
		noError(t, os.WriteFile("hub/keys.json", []byte(data), 0o600))
	}
	db := startStoreHub(t, "--dir", "hub", "--tls-cert", "hub.pem", "--tls-key", "hub.key") + "/shop"
	asSource, asNobody := &hub.Flags{Address: db, Creds: "pod.nk", TLSCA: "hub.pem"}, &hub.Flags{Address: db, TLSCA: "hub.pem"}
	noError(t, deliver(asSource, "pod-1.0"))
	deadline := time.Now().Add(time.Minute)
	setKeys("[]")
	for i := 1; ; i++ {
		if deliver(asSource, fmt.Sprint("pod-1.", i)) != nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a key that was removed is good")
		}
	}
	if err := deliver(asNobody, "pod-1.x"); !errors.Is(err, control.ErrDenied) {
		t.Errorf("without a key, after the removal of all: %v", err)
	}
	setKeys(string(keys))
	for deliver(asSource, "pod-1.y") != nil {
		if time.Now().After(deadline) {
			t.Fatal("a key that was added again is not good")
		}
	}
}

// TestStoreHub reads from a hub without keys by its address and by its file.
func TestStoreHub(t *testing.T) {
	t.Chdir(t.TempDir())
	db := startStoreHub(t, "--dir", "hub") + "/shop"
	for _, source := range []string{"pod-1.0a", "pod-2.0b"} {
		noError(t, deliver(&hub.Flags{Address: db}, source))
	}
	_, byAddress, errs := runHere("export", "--db", db)
	_, byFile, _ := runHere("export", "--db", "hub/shop.db")
	if byAddress != byFile || !strings.Contains(byAddress, "openapi:") {
		t.Errorf("documents differ:\n%s\n%s%s", byAddress, byFile, errs)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"store", "compact", "--db", db}, "needs a file"},
		{[]string{"export", "--db", db, "--cache", "x"}, "--cache and --wait are for"},
		{[]string{"export", "--db", "spectap://127.0.0.1:1/shop"}, "no server answers"},
		{[]string{"export", "--db", "spectap://127.0.0.1:1"}, "the team must be"},
		{[]string{"export", "--db", "spectap://shop"}, "must be spectap://HOST:PORT/TEAM"},
		{[]string{"hub", "--dir", "x", "--node", "1"}, "--node needs --jetstream"},
	} {
		if status, out, errs := runHere(tt.args...); status == 0 || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: %d, %s%s", tt.args, status, out, errs)
		}
	}
}
