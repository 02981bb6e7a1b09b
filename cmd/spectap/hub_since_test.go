//go:build !nohub

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startHubWorker runs a worker of a hub until the returned function is called.
func startHubWorker(t *testing.T, db, dir string, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	var errs strings.Builder
	go func() {
		ended <- run(ctx, append([]string{"worker", "--db", db, "--dir", dir}, args...), strings.NewReader(""), io.Discard, &errs)
	}()
	return func() {
		t.Helper()
		cancel()
		if n := <-ended; n != 0 {
			t.Errorf("the worker ended with %d: %s", n, errs.String())
		}
	}
}

// TestHubSince exports the documents of the flows since a day from the models of workers, and
// compares them with those of one store with the flows. The flows are copied only for days that the
// workers do not keep apart. A deletion is applied first.
func TestHubSince(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	db := startHub(t, "--dir", "hub") + "/shop"
	stop := startHubWorker(t, db, "w", "--keep-days", "4")
	files := []string{"import", "--db", "local.db"}
	for day := 2; day <= 7; day++ {
		name := fmt.Sprintf("%d.har", day)
		har := strings.ReplaceAll(harOf([]string{"/all/1", fmt.Sprintf("/day%d/1", day), fmt.Sprintf("/gone%d", day)}), "2026-01-02", fmt.Sprintf("2026-01-%02d", day))
		noError(t, os.WriteFile(name, []byte(har), 0o600))
		files = append(files, name)
	}
	for _, args := range [][]string{
		files, append([]string{"import", "--db", db, "--wait"}, files[3:]...), // one source, so all days are in one partition
		{"flows", "rm", "--db", db, "--cache", "editor", "path:/gone6"}, {"flows", "rm", "--db", "local.db", "path:/gone6"},
	} {
		if status, _, errs := runHere(args...); status != 0 {
			t.Fatal(errs)
		}
	}
	for _, tt := range []struct {
		args   []string
		copied bool
	}{
		{[]string{"export"}, false},
		{[]string{"export", "--since", "2026-01-06"}, false},
		{[]string{"export", "--since", "2026-01-04"}, false},
		{[]string{"explain", "--since", "2026-01-05", "GET", "/day5/1"}, false},
		{[]string{"export", "--since", "2026-01-02"}, true},
	} {
		cache := filepath.Join(t.TempDir(), "cache")
		status, got, errs := runHere(append(tt.args, "--db", db, "--cache", cache)...)
		if _, want, _ := runHere(append(tt.args, "--db", "local.db")...); status != 0 || got != want || len(want) < 20 {
			t.Errorf("%v at the hub: %s\n%s\nwant\n%s", tt.args, errs, got, want)
		}
		copies, err := filepath.Glob(filepath.Join(cache, "*.db"))
		if err != nil || len(copies) > 0 != tt.copied {
			t.Errorf("%v made the copies %v, %v", tt.args, copies, err)
		}
		if tt.copied != strings.Contains(errs, "not kept apart") {
			t.Errorf("%v says %q", tt.args, errs)
		}
	}
	stop()
}
