package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/test/must"
)

// at is an answered flow of a host, so many minutes after a time.
func at(minutes int, host, path string) flow.Flow {
	f := answered(path)
	f.Request.Authority, f.Started = host, time.Date(2026, 1, 2, 3, minutes, 0, 0, time.UTC)
	return f
}

// storeOf returns a catalog of a store with flows.
func storeOf(t *testing.T, cfg Config, flows ...flow.Flow) *Catalog {
	t.Helper()
	db := openStore(t)
	must.Get(db.Append(t.Context(), flows...))
	cfg.Store = db
	return New(cfg)
}

// paths returns the paths of a document with the number of flows of each.
func paths(d *Document) string {
	var out []string
	for _, o := range d.Decided.Operations {
		out = append(out, fmt.Sprint(o.Path, " ", o.Seen))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestMerged describes two stores and facts as one API.
func TestMerged(t *testing.T) {
	open := at(2, "a.example", "/open")
	open.Done, open.Response = false, nil
	first, second := storeOf(t, Config{}, at(0, "a.example", "/one"), at(1, "a.example", "/both"), open), storeOf(t, Config{}, at(2, "a.example", "/both"), open)
	known := infer.New()
	f := at(0, "a.example", "/known")
	known.Add(&f)
	since := time.Date(2026, 1, 2, 3, 1, 0, 0, time.UTC)
	facts := Facts{Model: known, Unfinished: map[string]int64{"a.example": 3}}
	sinceFacts := facts
	sinceFacts.Since = since
	for _, tt := range []struct {
		name  string
		parts []Part
		want  Request
		text  string
	}{
		{"two", []Part{first, second}, Request{}, "/both 2, /one 1; 2 unfinished"}, {"facts", []Part{first, facts}, Request{}, "/both 1, /known 1, /one 1; 4 unfinished"},
		{"since", []Part{first, second}, Request{Since: since}, "/both 2; 2 unfinished"}, {"since, and facts", []Part{first, facts}, Request{Since: since}, "facts without traffic do not say when they were learned"},
		{"since, and facts since then", []Part{second, sinceFacts}, Request{Since: since}, "/both 1, /known 1; 4 unfinished"},
		{"the newest", []Part{first, second}, Request{Limit: 1}, "the newest flows of several captures have no common order"},
		{"since, by one name of a server", []Part{storeOf(t, Config{}, at(1, "localhost:8475", "/one"), at(2, "127.0.0.1:8475", "/both"))},
			Request{Host: "localhost", Since: since}, "/both 1, /one 1"},
		{"one that fails", []Part{first, failingPart{}}, Request{}, "broken"},
	} {
		c := NewMerged(Config{}, tt.parts...)
		for range 2 {
			d, err := c.Document(t.Context(), tt.want)
			got := fmt.Sprint(err)
			if err == nil {
				got = paths(d)
				for _, x := range d.Decided.Excluded {
					got += fmt.Sprintf("; %d unfinished", x.Count)
				}
			}
			if got != tt.text {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.text)
			}
		}
	}
}

// TestAssignedHosts checks that a host which a person assigned to another selects the API of that
// one, and counts for it, also among the newest flows.
func TestAssignedHosts(t *testing.T) {
	with := correction.Corrections{Hosts: map[string]string{"old.example": "api.example:81", "api.example:80": "api.example:81", "lost.example": "none"}}
	c := storeOf(t, Config{Corrections: func() (correction.Corrections, error) { return with, nil }}, at(0, "old.example", "/old"),
		at(1, "api.example:80", "/http"), at(2, "api.example:81", "/api"), at(3, "lost.example", "/lost"))
	for _, tt := range []struct {
		want Request
		text string
	}{
		{Request{Host: "api.example"}, "/api 1, /http 1, /old 1"}, {Request{Hosts: []string{"old.example"}}, "/api 1, /http 1, /old 1"},
		{Request{Host: "old.example", Limit: 3}, "/api 1, /http 1, /old 1"}, {Request{Hosts: []string{"api.example:81"}, Limit: 9}, "/api 1, /http 1, /old 1"},
		{Request{Host: "lost.example", Limit: 9}, "/lost 1"},
	} {
		if got := paths(must.Get(c.Document(t.Context(), tt.want))); got != tt.text {
			t.Errorf("%+v: %s, want %s", tt.want, got, tt.text)
		}
	}
}

type failingPart struct{}

func (failingPart) Facts(context.Context) (Facts, error) { return Facts{}, errors.New("broken") }

// TestUnreadableModel learns from all flows again if the saved model is one of another version.
func TestUnreadableModel(t *testing.T) {
	c := storeOf(t, Config{Save: SaveAlways}, at(0, "a.example", "/one"), at(1, "a.example", "/two"))
	st := c.cfg.Store
	must.Get(c.Document(t.Context(), Request{}))
	_, basis, err := st.LoadModel(t.Context(), ModelName)
	if err != nil || len(basis.Covers) == 0 {
		t.Fatal(basis, err)
	}
	must.Do(t, st.SaveModel(t.Context(), ModelName, []byte("of another version"), basis))
	d, err := New(Config{Store: st}).Document(t.Context(), Request{})
	if err != nil || paths(d) != "/one 1, /two 1" {
		t.Errorf("%v: %s", err, paths(d))
	}
}

// TestCorrected applies corrections to documents, previews and explanations, and hides values.
func TestCorrected(t *testing.T) {
	with := correction.Corrections{Operations: []correction.Operation{{Method: "GET", Path: "/one", Name: "first"}}}
	read := func() (correction.Corrections, error) { return with, nil }
	flows := []flow.Flow{at(0, "a.example", "/one"), at(1, "a.example", "/two"), at(2, "b.example", "/three")}
	c := storeOf(t, Config{Corrections: read}, flows...)
	for _, r := range []Request{{Host: "a.example"}, {Host: "a.example", Limit: 9}} {
		d, err := c.Document(t.Context(), r)
		if err != nil || d.Decided.Operations[0].ID != "first" || d.OpenAPI.Paths.Value("/one").Get.OperationID != "first" {
			t.Errorf("%v: %+v", err, d.Decided.Operations)
		}
		x, err := c.Explain(t.Context(), r, "GET", "/one")
		if err != nil || x.ID != "first" || x.Findings[0].Result != "a person said: name first" {
			t.Errorf("%v: %+v", err, x)
		}
		if x, err = c.Explain(t.Context(), r, "GET", "/two"); err != nil || x.ID != "getTwo" {
			t.Errorf("%v: %+v", err, x)
		}
		if _, err := c.Explain(t.Context(), r, "GET", "/gone"); err == nil {
			t.Error("an operation that does not exist is explained")
		}
	}
	p, err := c.Preview(t.Context(), Request{Host: "a.example"}, &correction.Corrections{Operations: []correction.Operation{{Method: "GET", Path: "/two", Name: "second"}}})
	if err != nil || p.Decided.Operations[0].ID != "getOne" || p.Decided.Operations[1].ID != "second" {
		t.Errorf("%v: %+v", err, p.Decided.Operations)
	}
	if _, err := c.Preview(t.Context(), Request{Host: "c.example"}, &with); err == nil {
		t.Error("a preview of no host")
	}
	if d, _ := c.Document(t.Context(), Request{Host: "a.example"}); d.Decided.Operations[0].ID != "first" {
		t.Error("the preview stays")
	}
	broken := errors.New("broken")
	c.cfg.Corrections = func() (correction.Corrections, error) { return correction.Corrections{}, broken }
	if _, err := c.Document(t.Context(), Request{Host: "a.example"}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
