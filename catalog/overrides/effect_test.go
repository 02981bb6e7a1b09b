package overrides

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// documentOf returns a document with a title, whose corrections fit but for some.
func documentOf(t *testing.T, title string, misfits ...correction.Misfit) *catalog.Document {
	t.Helper()
	doc := must.Get(openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"` + title + `","version":"1"},"paths":{}}`)))
	return &catalog.Document{OpenAPI: doc, Decided: infer.Document{Unmatched: misfits}}
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
