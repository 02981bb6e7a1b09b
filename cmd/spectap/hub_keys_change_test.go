//go:build !nohub

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/internal/cli/hub"
)

// TestHubSaysWhoMayConnect changes the keys of running hubs, at first before they have begun to
// look for changes. Each says what it took over.
func TestHubSaysWhoMayConnect(t *testing.T) {
	t.Chdir(t.TempDir())
	makeHubKeys(t)
	keys, err := os.ReadFile("hub/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var users []json.RawMessage
	if err := json.Unmarshal(keys, &users); err != nil {
		t.Fatal(err)
	}
	one, err := json.Marshal(users[:1])
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, before string
		args         []string
		steps        [][2]string // the file, and what the hub says
	}{
		{"of one process", string(keys), []string{"--tls-cert", "hub.pem", "--tls-key", "hub.key"},
			[][2]string{{string(one), "spectap: 1 key may connect"}, {"{", "spectap: the keys stay as they were: read the keys of the hub: "}, {string(keys), "spectap: 5 keys may connect"}}},
		{"with JetStream", string(keys), []string{"--jetstream", "--tls-cert", "hub.pem", "--tls-key", "hub.key"},
			[][2]string{{string(one), "spectap: 1 key may connect"}, {"{", "spectap: the keys stay as they were: read the keys of the hub: "}, {string(keys), "spectap: 5 keys may connect"}}},
		{"without keys", "", nil, [][2]string{{string(keys), "spectap: the keys stay as they were: restart the hub to begin the use of keys"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			set := func(text string) {
				next := filepath.Join(dir, "next") // the hub never sees half of the file
				if err := errors.Join(os.WriteFile(next, []byte(text), 0o600), os.Rename(next, hub.UsersPath(dir))); err != nil {
					t.Fatal(err)
				}
			}
			if tt.before != "" {
				set(tt.before)
			}
			h := start(t, append([]string{"hub", "--listen", "127.0.0.1:0", "--dir", dir}, tt.args...)...)
			h.expect(h.out, "listening on ")
			if tt.before == "" {
				h.expect(h.err, "everybody on this machine may read and write; spectap hub key makes keys")
			}
			for _, step := range tt.steps {
				set(step[0])
				h.expectLine(h.err, step[1])
			}
			h.cancel()
			for h.err.Scan() {
			}
			if status := <-h.status; status != cli.ExitFine {
				t.Errorf("status %d", status)
			}
		})
	}
}

// expectLine reads lines of a stream until one begins with want. It gives up after a minute.
func (b *background) expectLine(from *bufio.Scanner, want string) {
	b.t.Helper()
	defer time.AfterFunc(time.Minute, b.cancel).Stop()
	for from.Scan() {
		if strings.HasPrefix(from.Text(), want) {
			return
		}
	}
	b.t.Fatalf("no line begins with %q: %v", want, from.Err())
}
