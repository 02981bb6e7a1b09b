package api

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"time"
)

const given = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
"/api/v1/orders":{"post":{"parameters":[{"name":"never","in":"query","schema":{"type":"string"}}],"responses":{"201":{"description":"x"},"409":{"description":"x"}}}},
"/api/v1/gone":{"get":{"responses":{"200":{"description":"x"}}}}}}`

// A review has the changes against a document and since an export, breaking ones first, what of the
// document traffic did not reach, and findings with their operations.
func TestReview(t *testing.T) {
	p := openFile(t)
	q := HostQuery{host}
	none, err := p.changes(t.Context(), q)
	if err != nil || none.Given.Name+none.Since.Name != "" {
		t.Fatalf("%+v, %v", none, err)
	}
	p.Given = &Given{"api.json", func() ([]byte, error) { return []byte(given), nil }}
	exported := time.Now()
	p.LastExport = func(string) ([]byte, time.Time, error) { return nil, exported, fs.ErrNotExist }
	if none, err = p.changes(t.Context(), q); err != nil || none.Since.Name != "" {
		t.Fatalf("no export: %+v, %v", none.Since, err)
	}
	p.LastExport = func(string) ([]byte, time.Time, error) { return []byte("no document"), exported, nil }
	got, err := p.changes(t.Context(), q)
	if err != nil || got.Since.Problem == "" || got.Since.Name == "" || got.Given.Name != "api.json" {
		t.Fatalf("%+v, %v", got, err)
	}
	order := map[string]int{"breaking": 0, "warning": 1, "info": 2}
	if !slices.IsSortedFunc(got.Given.Changes, func(a, b Change) int { return order[a.Level] - order[b.Level] }) {
		t.Errorf("%+v", got.Given.Changes)
	}
	has := func(method, path string, shown bool) bool {
		return slices.ContainsFunc(got.Given.Changes, func(c Change) bool { return c.Method == method && c.Path == path && c.Shown == shown })
	}
	if !has("GET", "/api/v1/gone", false) || len(got.Given.Changes) < 2 || got.Given.Changes[0].Level != "breaking" {
		t.Errorf("%+v", got.Given.Changes)
	}

	c, err := p.coverage(t.Context(), q)
	if err != nil || c.Flows != 12 || c.Percent >= 100 || c.Cut {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, want := range []Missing{{"operations", "GET", "/api/v1/gone", ""}, {"parameters", "POST", "/api/v1/orders", "query never"},
		{"statuses", "POST", "/api/v1/orders", "409"}} {
		if !slices.Contains(c.Missing, want) {
			t.Errorf("%+v lacks %+v", c.Missing, want)
		}
	}
	l, err := p.lint(t.Context(), q)
	if err != nil || !slices.ContainsFunc(l.Findings, func(f Lint) bool { return f.Method == "POST" && f.Path != "" && f.Line > 0 }) {
		t.Errorf("%+v, %v", l, err)
	}
	p.Given.Read = func() ([]byte, error) { return nil, errors.New("it is gone") }
	if _, err := p.coverage(t.Context(), q); err == nil {
		t.Error("no error for a file that is gone")
	}
	if got, err = p.changes(t.Context(), q); err != nil || got.Given.Problem != "it is gone" {
		t.Errorf("%+v, %v", got.Given, err)
	}
}
