//go:build !nohub

package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestHubMetrics scrapes a hub and a worker, once that has learned an import.
func TestHubMetrics(t *testing.T) {
	t.Chdir(t.TempDir())
	setDataHome(t, t.TempDir())
	ports := freePorts(t, 2)
	hubAt, workerAt := ports[0], ports[1]
	db := startStoreHub(t, "--jetstream", "--dir", "hub", "--metrics", hubAt) + "/shop"
	defer startHubWorker(t, db, "w", "--metrics", workerAt)()
	if err := os.WriteFile("a.har", []byte(harOf([]string{"/users/1", "/users/2"})), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := runHere("import", "--db", db, "--wait", "a.har"); status != 0 {
		t.Fatal(errs)
	}
	source := `\{source="import\.[0-9a-f]{16}"\}`
	for at, want := range map[string][]string{
		hubAt: {`spectap_hub_connections [1-9]`, `spectap_hub_stored_bytes [1-9]`},
		workerAt: {
			`spectap_worker_partitions 16`, `spectap_worker_records_total 2`, `spectap_worker_read_bytes_total [1-9]`, `spectap_worker_commits_total [0-9]`,
			`spectap_worker_lost_commits_total 0`, `spectap_worker_relearned_total 0`, `spectap_worker_gaps 0`,
			`spectap_hub_up 1`, `spectap_sources 1`,
			`spectap_source_recorded_records` + source + ` 2`, `spectap_source_lag_records` + source + ` 0`,
			`spectap_source_unreleased_records` + source + ` 0`, `spectap_source_gap` + source + ` 0`,
		},
	} {
		r, err := http.Get("http://" + at + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		if _, err := parser.TextToMetricFamilies(strings.NewReader(string(page))); err != nil {
			t.Errorf("%s: %v", at, err)
		}
		for _, line := range want {
			if !regexp.MustCompile("(?m)^" + line).Match(page) {
				t.Errorf("%s lacks %s:\n%s", at, line, page)
			}
		}
	}
}
