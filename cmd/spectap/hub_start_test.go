//go:build !nohub

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

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
	if status != cli.ExitFailed || !strings.Contains(errs, "no key "+keys["worker"]) || !strings.Contains(errs, "try: spectap hub key --list") {
		t.Errorf("remove again: %d, %s", status, errs)
	}
	check()
}
