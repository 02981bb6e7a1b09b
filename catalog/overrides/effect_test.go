package overrides

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/openapi"
)

// documentOf returns a document with a title, whose corrections fit but for some.
func documentOf(t *testing.T, title string, misfits ...correction.Misfit) *catalog.Document {
	t.Helper()
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"` + title + `","version":"1"},"paths":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	return &catalog.Document{OpenAPI: doc, Decided: infer.Document{Unmatched: misfits}}
}

// TestCompare checks that Compare returns the changes of a document, and the corrections that no
// longer fit.
func TestCompare(t *testing.T) {
	before, after := &correction.Corrections{}, &correction.Corrections{}
	old, next := correction.Misfit{Key: "host a", Reason: "old"}, correction.Misfit{Key: "host b", Reason: "new"}
	documents := map[*correction.Corrections]*catalog.Document{before: documentOf(t, "one", old), after: documentOf(t, "two", next, old)}
	preview := func(c *correction.Corrections) (*catalog.Document, error) { return documents[c], nil }
	got, err := Compare(t.Context(), preview, before, after)
	if err != nil || !strings.Contains(got.Diff, "-  title: one\n+  title: two\n") || !reflect.DeepEqual(got.Misfits, []correction.Misfit{next}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := Compare(t.Context(), preview, after, after); err != nil || got.Diff != "" || got.Misfits != nil {
		t.Errorf("equal documents: %+v, %v", got, err)
	}
	for _, fails := range []*correction.Corrections{before, after} {
		no := errors.New("no")
		_, err := Compare(t.Context(), func(c *correction.Corrections) (*catalog.Document, error) {
			if c == fails {
				return nil, no
			}
			return documents[c], nil
		}, before, after)
		if !errors.Is(err, no) {
			t.Errorf("error %v", err)
		}
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	if _, err := Compare(ctx, preview, before, after); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestMisfits returns a correction that fits no document that it concerns: those of all hosts, or
// that of its own.
func TestMisfits(t *testing.T) {
	yes := true
	have := &correction.Corrections{
		Segments: []correction.Segment{{Path: "/all", Parameter: &yes}, {Path: "/some", Parameter: &yes}, {Path: "/own", Host: "a", Parameter: &yes},
			{Path: "/gone", Host: "c", Parameter: &yes}, {Path: "/fits", Parameter: &yes}},
	}
	misfit := func(i int) correction.Misfit {
		return correction.Misfit{Key: have.Segments[i].Key(), Reason: fmt.Sprint("reason ", i)}
	}
	documents := map[string]*catalog.Document{"a": documentOf(t, "a", misfit(0), misfit(1), misfit(2)), "b": documentOf(t, "b", misfit(0))}
	document := func(host string) (*catalog.Document, error) {
		if d := documents[host]; d != nil {
			return d, nil
		}
		return nil, errors.New("no flows")
	}
	got, err := Misfits([]string{"a", "b"}, have, document)
	want := map[string]string{
		have.Segments[0].Key(): "reason 0", have.Segments[2].Key(): "reason 2", have.Segments[3].Key(): "no captured flow has this host",
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if got, err := Misfits(nil, &correction.Corrections{Segments: have.Segments[:1]}, document); err != nil || len(got) != 0 {
		t.Errorf("without hosts: %v, %v", got, err)
	}
	if _, err := Misfits([]string{"a", "c"}, have, document); err == nil || err.Error() != "no flows" {
		t.Errorf("error %v", err)
	}
}
