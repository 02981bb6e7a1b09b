//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestProxyPauses checks that SIGUSR1 pauses recording, and the next one resumes it. Requests pass
// meanwhile.
func TestProxyPauses(t *testing.T) {
	up, upstreamCA := upstreamServer(t)
	r := startProxy(t, filepath.Join(t.TempDir(), "s.db"), "--upstream-ca", upstreamCA)
	waitFor := func(want string) {
		t.Helper()
		for said := range r.errs {
			if strings.Contains(said, want) {
				return
			}
		}
	}
	waitFor("clients must trust")
	toggle := func(want string) {
		t.Helper()
		noError(t, syscall.Kill(os.Getpid(), syscall.SIGUSR1))
		waitFor(want)
	}
	paths := []string{"/before", "/paused", "/after"}
	for i, path := range paths {
		if status, _ := r.get(up.URL + path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		if i < 2 {
			toggle([]string{"paused", "recording again"}[i])
		}
	}
	got := r.spectap("flows", "ls")
	for i, path := range paths {
		if strings.Contains(got, path+"\n") == (i == 1) {
			t.Errorf("%s: listed\n%s", path, got)
		}
	}
}
