package document

import (
	"context"
	"crypto/sha256"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// A comparison that takes longer than its call continues, and the next call has its result. Only
// one runs at a time.
func TestComparisonContinues(t *testing.T) {
	load := func(path string) *openapi3.T {
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"` + path +
			`":{"get":{"responses":{"200":{"description":""}}}}}}`))
		if err != nil {
			t.Error(err)
		}
		return doc
	}
	wait := time.Nanosecond
	s := New(source.New(t.Context(), source.Config{Wait: wait}), nil)
	inferred := load("/things")
	release, loads := make(chan struct{}), 0
	slow := given{sum: sha256.Sum256([]byte("slow")), load: func() (*openapi3.T, error) {
		loads++
		<-release
		return load("/things"), nil
	}}
	other := given{sum: sha256.Sum256([]byte("other")), load: func() (*openapi3.T, error) { return load("/others"), nil }}
	for _, g := range []given{slow, other, slow} {
		if changes, ended, err := s.compare(t.Context(), g, inferred); ended || err != nil || changes != nil {
			t.Fatalf("%v, %v, %v", changes, ended, err)
		}
	}
	close(release)
	s.Wait = time.Minute
	for _, tt := range []struct {
		g       given
		changes int
	}{{slow, 0}, {other, 2}, {other, 2}} {
		// A document of the same content is the same.
		if changes, ended, err := s.compare(t.Context(), tt.g, load("/things")); !ended || err != nil || len(changes) != tt.changes {
			t.Errorf("%v, %v, %v", changes, ended, err)
		}
	}
	if loads != 1 {
		t.Errorf("the document was read %d times", loads)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := given{load: func() (*openapi3.T, error) { <-t.Context().Done(); return nil, t.Context().Err() }}
	if _, _, err := s.compare(ctx, never, inferred); err == nil {
		t.Error("a call that was cancelled has a result")
	}
}

// A difference that operations share is one row, which names some of them.
func TestGrouped(t *testing.T) {
	all := []diff.Change{{ID: "x", Level: diff.Info, Method: "GET", Path: "/alone", Text: "alone"}}
	for i := range 12 {
		all = append(all, diff.Change{ID: "x", Level: diff.Info, Method: "GET", Path: fmt.Sprintf("/p%d", i), Text: "same"})
	}
	var got []Change
	for _, g := range diff.Groups(all) {
		got = append(got, grouped(&g))
	}
	want := []Change{
		{ID: "x", Level: "info", Method: "GET", Path: "/alone", Text: "alone"},
		{ID: "x", Level: "info", Text: "same (12 operations: GET /p0, GET /p1, GET /p2, GET /p3, GET /p4, GET /p5, GET /p6, GET /p7, GET /p8, GET /p9 and 2 more)"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
