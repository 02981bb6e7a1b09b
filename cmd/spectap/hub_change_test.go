//go:build !nohub

package main

import (
	"os"
	"strings"
	"testing"
)

// TestHubChanges imports flows to a hub and deletes some, with the keys of those who may and of
// those who may not. Readers see what a local store has.
func TestHubChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	makeHubKeys(t)
	db := startHub(t, "--dir", "hub", "--tls-cert", "hub.pem", "--tls-key", "hub.key") + "/shop"
	for name, paths := range map[string][]string{"a.har": {"/users/1", "/users/2", "/orders/1"}, "b.har": {"/users/3", "/orders/2"}} {
		noError(t, os.WriteFile(name, []byte(harOf(paths)), 0o600))
	}
	hub := func(creds string, args ...string) string {
		t.Helper()
		args = append(args, "--db", db, "--creds", creds, "--tls-ca", "hub.pem")
		if args[0] != "import" {
			args = append(args, "--cache", "cache-"+creds)
		}
		_, out, errs := runHere(args...)
		return out + errs
	}
	flows := func(want string) {
		t.Helper()
		for _, creds := range []string{"reader.nk", "editor.nk"} {
			out := hub(creds, "flows", "ls", "--count")
			if strings.TrimSpace(out) != want {
				t.Errorf("%s counts %q, want %s", creds, out, want)
			}
		}
	}
	for _, tt := range []struct {
		creds string
		args  []string
		want  string // part of the output
		flows string
	}{
		{"reader.nk", []string{"import", "a.har"}, "not allowed", "0"},
		{"bank.nk", []string{"import", "a.har"}, "not allowed", "0"},
		{"pod.nk", []string{"import", "a.har"}, "not allowed", "0"}, // under the name of another
		{"editor.nk", []string{"import", "a.har"}, "imported 3 flows", "3"},
		{"pod.nk", []string{"import", "b.har", "--source", "pod-1"}, "imported 2 flows", "5"},
		{"editor.nk", []string{"import", "a.har", "none.har"}, "no such file", "5"},
		{"reader.nk", []string{"flows", "rm", "path:/orders"}, "not allowed", "5"},
		{"pod.nk", []string{"flows", "rm", "path:/orders"}, "not allowed", "5"},
		{"editor.nk", []string{"flows", "rm", "--dry-run", "path:/orders"}, "would remove 2 flows", "5"},
		{"editor.nk", []string{"flows", "rm", "path:/orders"}, "removed 2 flows", "3"},
		{"editor.nk", []string{"flows", "rm", "path:/none"}, "removed 0 flows", "3"},
	} {
		if out := hub(tt.creds, tt.args...); !strings.Contains(out, tt.want) {
			t.Errorf("%v with %s: %q, want %q", tt.args, tt.creds, out, tt.want)
		}
		flows(tt.flows)
	}
	if out := hub("reader.nk", "flows", "ls"); strings.Contains(out, "/orders") || strings.Count(out, "/users/") != 3 {
		t.Errorf("flows: %s", out)
	}
}
