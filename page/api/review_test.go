package api

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

const given = `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{
"/api/v1/orders":{"post":{"parameters":[{"name":"never","in":"query","schema":{"type":"string"}}],"responses":{"201":{"description":"x"},"409":{"description":"x"}}}},
"/api/v1/gone":{"get":{"responses":{"200":{"description":"x"}}}}}}`

// A review has the changes against a document and since an export, breaking ones first, what of the
// document traffic did not reach, and findings with their operations.
func TestReview(t *testing.T) {
	p := openFile(t)
	q := ReviewQuery{Host: host}
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
	if want := []Total{{"operations", 2, 1}, {"parameters", 1, 0}, {"statuses", 3, 1}, {"values", 0, 0}}; !slices.Equal(c.Totals, want) {
		t.Errorf("the totals %+v, want %+v", c.Totals, want)
	}
	for _, want := range []Missing{{"operations", "GET", "/api/v1/gone", ""}, {"parameters", "POST", "/api/v1/orders", "query never"},
		{"statuses", "POST", "/api/v1/orders", "409"}} {
		if !slices.Contains(c.Missing, want) {
			t.Errorf("%+v lacks %+v", c.Missing, want)
		}
	}
	l, err := p.lint(t.Context(), HostQuery{host})
	if err != nil || !slices.ContainsFunc(l.Findings, func(f Lint) bool { return f.Method == "POST" && f.Path != "" && f.Line > 0 }) {
		t.Errorf("%+v, %v", l, err)
	}
	// A file that the person chose on the page comes first.
	chosen := ReviewQuery{Host: host, Name: "chosen.json", Document: strings.ReplaceAll(given, "gone", "never")}
	if got, err = p.changes(t.Context(), chosen); err != nil || got.Given.Name != "chosen.json" || !has("GET", "/api/v1/never", false) {
		t.Errorf("%+v, %v", got.Given, err)
	}
	if c, err = p.coverage(t.Context(), chosen); err != nil || c.Name != "chosen.json" || !slices.Contains(c.Missing, Missing{"operations", "GET", "/api/v1/never", ""}) {
		t.Errorf("%+v, %v", c, err)
	}
	chosen.Document = "no document"
	if got, err = p.changes(t.Context(), chosen); err != nil || got.Given.Problem == "" {
		t.Errorf("%+v, %v", got.Given, err)
	}
	p.Given.Read = func() ([]byte, error) { return nil, errors.New("it is gone") }
	if _, err := p.coverage(t.Context(), q); err == nil {
		t.Error("no error for a file that is gone")
	}
	if got, err = p.changes(t.Context(), q); err != nil || got.Given.Problem != "it is gone" {
		t.Errorf("%+v, %v", got.Given, err)
	}
	p.Given.Read = func() ([]byte, error) { return []byte(given), nil }
	p.Store = brokenStore{p.Store}
	if _, err := p.coverage(t.Context(), q); !errors.Is(err, errBroken) {
		t.Errorf("the store fails, and the coverage is measured: %v", err)
	}
}

var errBroken = errors.New("the disk is gone")

// brokenStore fails after the first flow of a scan.
type brokenStore struct{ store.Reader }

func (s brokenStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		for f, err := range s.Reader.Scan(ctx, q) {
			if yield(f, err) {
				yield(flow.Flow{}, errBroken)
			}
			return
		}
	}
}

// endless is a store of flows of one operation, of which a scan ends with an error.
type endless struct {
	store.Reader
	flows int
	err   error
}

func (s endless) Scan(context.Context, store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		f := flow.Flow{Done: true, Request: flow.Request{Method: "POST", Authority: host, Path: "/api/v1/orders"}, Response: &flow.Response{Status: 201}}
		for range s.flows {
			if !yield(f, nil) {
				return
			}
		}
		if s.err != nil {
			yield(flow.Flow{}, s.err)
		}
	}
}

// TestCoverageIsBounded checks how many flows are counted.
func TestCoverageIsBounded(t *testing.T) {
	for _, tt := range []struct {
		store endless
		flows int
		cut   bool
	}{
		{endless{flows: 2}, 2, false}, {endless{flows: 2, err: context.DeadlineExceeded}, 2, true},
		{endless{flows: maxCovered}, maxCovered, false}, {endless{flows: maxCovered + 2}, maxCovered, true},
	} {
		p := &panel{Config: Config{Store: tt.store}}
		c, err := p.coverage(t.Context(), ReviewQuery{Host: host, Document: given})
		if err != nil || c.Name != "the chosen file" || c.Flows != tt.flows || c.Cut != tt.cut {
			t.Errorf("%d flows, %v: %d, cut %t, %v", tt.store.flows, tt.store.err, c.Flows, c.Cut, err)
		}
	}
}

// TestBoundsOfReview checks how many differences and missing parts are shown.
func TestBoundsOfReview(t *testing.T) {
	for operations, more := range map[int]int{maxChanges: 0, maxChanges + 3: 3} {
		var paths []string
		for i := range operations {
			paths = append(paths, fmt.Sprintf(`"/p%d":{"get":{"responses":{"200":{"description":"x"}}}}`, i))
		}
		p := &panel{Config: Config{Store: endless{}}}
		c, err := p.coverage(t.Context(), ReviewQuery{Document: `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{` + strings.Join(paths, ",") + "}}"})
		if err != nil || len(c.Missing) != maxChanges || c.More != more || c.Percent != 0 {
			t.Errorf("%d operations: %d missing parts and %d more, %v", operations, len(c.Missing), c.More, err)
		}
	}
	for paths, more := range map[int]int{maxChanges: 0, maxChanges + 4: 4} {
		var a []string
		for i := range paths {
			a = append(a, fmt.Sprintf(`"/p%d":{"get":{"responses":{"200":{"description":"x"}}}}`, i))
		}
		document := func(paths string) string {
			return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{` + paths + "}}"
		}
		p := &panel{}
		c := p.compared(t.Context(), "a", []byte(document(strings.Join(a, ","))), nil, document(""))
		if c.Problem != "" || len(c.Changes) != maxChanges || c.More != more {
			t.Errorf("%d paths: %d changes and %d more, %s", paths, len(c.Changes), c.More, c.Problem)
		}
	}
}

// TestLintOperation returns the findings that concern an operation, with pointers that lead to the
// places that the operation is shown at.
func TestLintOperation(t *testing.T) {
	p := openFile(t)
	all, err := p.lint(t.Context(), HostQuery{host})
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.get(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	placed := 0
	for i := range d.Decided.Operations {
		o := &d.Decided.Operations[i]
		q := OperationQuery{host, o.Method, o.Path}
		l, err := p.lintOperation(t.Context(), q)
		if err != nil || len(l.Findings) > len(all.Findings) {
			t.Fatalf("%+v, %v", l, err)
		}
		shown, err := p.operation(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		pointers := []string{shown.Pointer}
		for _, x := range shown.Parameters {
			pointers = append(pointers, x.Schema.Pointer)
		}
		for _, f := range l.Findings {
			if f.Method == o.Method && f.Path == o.Path {
				if !slices.ContainsFunc(pointers, func(at string) bool { return strings.HasPrefix(f.Pointer, at) }) {
					t.Errorf("%s is in none of %q", f.Pointer, pointers)
				}
				placed++
			}
		}
	}
	if placed == 0 {
		t.Error("no finding is of an operation")
	}
}

// TestExported tells of a document that is saved.
func TestExported(t *testing.T) {
	p := openFile(t)
	var told []string
	p.Exported = func(_ context.Context, d *catalog.Document) { told = d.Hosts }
	if _, err := p.download(t.Context(), HostQuery{host}); err != nil || !slices.Equal(told, []string{host}) {
		t.Errorf("told %v, %v", told, err)
	}
}

// A page that shows another operation by now waits for no check, and the next one is made.
func TestCancelledLint(t *testing.T) {
	p := openFile(t)
	gone, cancel := context.WithCancel(t.Context())
	d, err := p.get(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := p.linter.check(gone, d); !errors.Is(err, context.Canceled) || p.linter.checked != nil {
		t.Errorf("%v", err)
	}
	if found, err := p.linter.check(t.Context(), d); err != nil || len(found) == 0 {
		t.Errorf("%d findings, %v", len(found), err)
	}
	p.linter.failed, p.linter.again = errors.New("too slow"), time.Now().Add(time.Hour)
	if _, err := p.linter.check(t.Context(), d); err == nil {
		t.Error("a check that failed is repeated at once")
	}
	p.linter.again = time.Now().Add(-time.Second)
	if _, err := p.linter.check(t.Context(), d); err != nil {
		t.Error(err)
	}
}
