//go:build !nohub

package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// TestHubSaysWhatItLacks starts hubs that cannot start, and checks the reason, the hint and the
// exit status.
func TestHubSaysWhatItLacks(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t) // in hub
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, text := range map[string]string{
		"file": "x", "short": "fifteen letters\n", "long": "sixteen letters \n", "none.pem": "no certificate\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("unread/keys.json", 0o700); err != nil {
		t.Fatal(err)
	}
	const secured = "--tls-cert hub.pem --tls-key hub.key "
	for _, tt := range []struct {
		args, want, try string
		status          int
	}{
		{"--dir new --tls-cert hub.pem", "--tls-cert and --tls-key belong together", "spectap hub --help", exitMisuse},
		{"--dir new --tls-key hub.key --jetstream", "--tls-cert and --tls-key belong together", "spectap hub --help", exitMisuse},
		{"--dir file", "make the folder of the hub: ", "ls -ld file", exitFailed},
		{"--dir file --jetstream", "make the folder of the hub: ", "ls -ld file", exitFailed},
		{"--dir unread", "read the keys of the hub: ", "ls unread/keys.json   # it is a folder", exitFailed},
		{"--dir hub --tls-cert none.pem --tls-key hub.key", "read the hub's certificate: ", "", exitFailed},
		{"--dir new --jetstream --tls-cert none.pem --tls-key hub.key", "read the hub's certificate: ", "", exitFailed},
		{"--dir new --jetstream --listen 0.0.0.0:0", "accepts connections of this machine only", "spectap hub key --dir new --team TEAM", exitFailed},
		{"--dir new --jetstream --listen :0", "listen on 0.0.0.0:0: ", "spectap hub key --dir new --team TEAM", exitFailed},
		{"--dir hub --jetstream --listen :0", "clients on other machines need TLS", "--tls-cert FILE --tls-key FILE", exitFailed},
		{"--dir new --jetstream --listen 4222", `--listen "4222": must be HOST:PORT`, "--listen 127.0.0.1:4222", exitMisuse},
		{"--dir new --jetstream --listen " + taken.Addr().String(), "address already in use", "--listen 127.0.0.1:0, which selects a free port", exitFailed},
		{"--dir new --listen " + taken.Addr().String(), "the port is in use", "--listen 127.0.0.1:0", exitFailed},
		{"--dir new --jetstream --node 1", "--node and --cluster belong together", "spectap hub --help", exitMisuse},
		{"--dir new --jetstream --cluster 127.0.0.1:1", "--node and --cluster belong together", "spectap hub --help", exitMisuse},
		{"--dir new --jetstream --node 1 --cluster 127.0.0.1:1", "cluster of 127.0.0.1:1 alone: ", "--cluster HOST1:PORT,HOST2:PORT,HOST3:PORT, or neither", exitFailed},
		{"--dir new --jetstream --node 2 --cluster 127.0.0.1:1,127.0.0.1:1", "cluster of 127.0.0.1:1 alone: ", "--cluster HOST1:PORT,HOST2:PORT,HOST3:PORT, or neither", exitFailed},
		{"--dir new --jetstream --node 3 --cluster 127.0.0.1:1,127.0.0.1:2", "node 3: must be from 1 to 2", "", exitFailed},
		{"--dir hub --jetstream --node 1 --cluster 192.0.2.1:1,192.0.2.2:1 " + secured, "need a shared secret", "--cluster-secret FILE", exitFailed},
		{"--dir new --jetstream --cluster-secret absent", "read --cluster-secret: open absent", "ls .", exitFailed},
		{"--dir new --jetstream --cluster-secret short", "--cluster-secret short: shorter than 16 characters", "openssl rand -hex 32 > FILE", exitFailed},
		{"--dir new --jetstream --cluster-secret long", "--cluster-secret long: shorter than 16 characters", "openssl rand -hex 32 > FILE", exitFailed},
		{"--dir new --jetstream --tls-ca absent", "read --tls-ca: open absent", "ls .", exitFailed},
		{"--dir new --jetstream --tls-ca none.pem", "--tls-ca none.pem has no certificate in PEM", "", exitFailed},
		{"--dir new --jetstream --metrics " + taken.Addr().String(), taken.Addr().String(), "--metrics 127.0.0.1:0", exitFailed},
	} {
		if !strings.Contains(tt.args, "--listen") {
			tt.args += " --listen 127.0.0.1:0"
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		var out, errs bytes.Buffer
		status := run(ctx, append([]string{"hub"}, strings.Fields(tt.args)...), strings.NewReader(""), &out, &errs)
		if ctx.Err() != nil || status != tt.status || out.Len() > 0 || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%s: status %d, %s%s\nwant %d, %s", tt.args, status, &out, &errs, tt.status, tt.want)
		}
		if before, try, _ := strings.Cut(errs.String(), "try: "); !strings.HasPrefix(try, tt.try) || tt.try == "" && try != "" {
			t.Errorf("%s: hint %q after %q, want %q", tt.args, try, before, tt.try)
		}
		cancel()
	}
}

// TestHubTakesSecretAndCA starts a node with a secret of exactly the shortest length and the
// certificates of other nodes.
func TestHubTakesSecretAndCA(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t)
	if err := os.WriteFile("secret", []byte(" 0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := startStoreHub(t, "--jetstream", "--dir", "node", "--cluster-secret", "secret", "--tls-ca", "hub.pem") + "/shop"
	if status, out, errs := runHere("flows", "ls", "--count", "--db", db, "--cache", "cache"); status != 0 || out != "0\n" {
		t.Errorf("%d, %s%s", status, out, errs)
	}
}

// TestHubKeyList makes, lists and removes keys. Only the file of public keys changes.
func TestHubKeyList(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out, errs := runHere("hub", "key", "--dir", "hub", "--list"); status != 0 || out+errs != "" {
		t.Errorf("the keys of a new hub: %d, %s%s", status, out, errs)
	}
	keys := map[string]string{}
	for name, args := range map[string][]string{
		"pod-1": {"--team", "shop", "--source", "pod-1"}, "worker": {"--team", "shop", "--worker"},
		"reader": {"--team", "bank", "--reader"}, "editor": {"--team", "bank", "--editor"},
	} {
		status, seed, errs := runHere(append([]string{"hub", "key", "--dir", "hub"}, args...)...)
		words := strings.Fields(errs)
		if status != 0 || len(words) != 6 || words[1] != name || strings.Join(words[2:4], " ") != "of team" || words[4] != args[1]+":" {
			t.Fatalf("%v: %d, %s", args, status, errs)
		}
		keys[name] = words[5]
		if data, err := os.ReadFile("hub/keys.json"); err != nil || !strings.Contains(string(data), words[5]) || strings.Contains(string(data), strings.TrimSpace(seed)) {
			t.Errorf("%v: the file %s, %v", args, data, err)
		}
	}
	rows := func() map[string]string {
		t.Helper()
		status, out, errs := runHere("hub", "key", "--dir", "hub", "--list")
		if status != 0 || errs != "" {
			t.Errorf("list: %d, %s", status, errs)
		}
		got := map[string]string{}
		for line := range strings.Lines(out) {
			if w := strings.Fields(line); len(w) == 4 {
				got[w[3]] = strings.Join(w[:3], " ")
			} else {
				t.Errorf("line %q", line)
			}
		}
		return got
	}
	want := map[string]string{
		keys["pod-1"]: "shop source pod-1", keys["worker"]: "shop worker worker", keys["reader"]: "bank reader reader", keys["editor"]: "bank editor editor",
	}
	check := func() {
		t.Helper()
		if got := rows(); len(got) != len(want) {
			t.Errorf("listed %v, want %v", got, want)
		} else {
			for key, text := range want {
				if got[key] != text {
					t.Errorf("%s: %q, want %q", key, got[key], text)
				}
			}
		}
	}
	check()
	if status, out, errs := runHere("hub", "key", "--dir", "hub", "--remove", keys["worker"]); status != 0 || out+errs != "" {
		t.Errorf("remove: %d, %s%s", status, out, errs)
	}
	delete(want, keys["worker"])
	check()
	status, _, errs := runHere("hub", "key", "--dir", "hub", "--remove", keys["worker"])
	if status != exitFailed || !strings.Contains(errs, "no key "+keys["worker"]) || !strings.Contains(errs, "try: spectap hub key --list") {
		t.Errorf("remove again: %d, %s", status, errs)
	}
	check()
}

// TestHubKeyRefusals checks what spectap hub key refuses. It changes no file then.
func TestHubKeyRefusals(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("broken", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("broken/keys.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args, want string
		status     int
	}{
		{"--team shop --reader", "spectap hub key needs --dir", exitMisuse},
		{"--dir new --team shop", "needs one of --source, --worker, --reader and --editor", exitMisuse},
		{"--dir new --team shop --reader --source pod", "needs one of --source", exitMisuse},
		{"--dir new --team a/b --reader", `--team "a/b": `, exitMisuse},
		{"--dir new --reader", `--team "": `, exitMisuse},
		{"--dir new --team shop --source a.b", `--source "a.b": `, exitMisuse},
		{"--dir file --team shop --reader", "make the folder of the hub: ", exitFailed},
		{"--dir broken --team shop --reader", "read the keys of the hub: broken/keys.json: ", exitFailed},
		{"--dir broken --list", "read the keys of the hub: broken/keys.json: ", exitFailed},
		{"--dir broken --remove UX", "read the keys of the hub: broken/keys.json: ", exitFailed},
	} {
		status, out, errs := runHere(append([]string{"hub", "key"}, strings.Fields(tt.args)...)...)
		if status != tt.status || out != "" || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: %d, %s%s, want %d, %s", tt.args, status, out, errs, tt.status, tt.want)
		}
	}
	if data, err := os.ReadFile("broken/keys.json"); err != nil || string(data) != "{" {
		t.Errorf("the file became %s, %v", data, err)
	}
	if _, err := os.Stat("new"); err == nil {
		t.Error("a refused command made a folder")
	}
}
