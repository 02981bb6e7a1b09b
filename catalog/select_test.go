package catalog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/store"
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
	if _, err := db.Append(t.Context(), flows...); err != nil {
		t.Fatal(err)
	}
	cfg.Store = db
	return New(cfg)
}

// TestFindHost selects hosts by their names, with a port or without.
func TestFindHost(t *testing.T) {
	static := at(0, "cdn.example", "/logo.png")
	static.Response.Header[0].Value = "image/png"
	many := []flow.Flow{at(0, "h00.example", "/a")}
	for i := 1; i < 10; i++ {
		many = append(many, at(0, fmt.Sprintf("h%02d.example", i), "/a"))
	}
	for _, tt := range []struct {
		name  string
		flows []flow.Flow
		want  Request
		hosts string // or the error
	}{
		{"none", nil, Request{}, "the store has no flows"}, {"all of none", nil, Request{MergeHosts: true}, "the store has no flows"}, {"the only one", []flow.Flow{at(0, "a.example", "/a")}, Request{}, "[a.example]"},
		{"another", []flow.Flow{at(0, "b.example", "/a"), at(0, "a.example", "/a")}, Request{Host: "c.example"}, `no flows of host "c.example"; the store has a.example, b.example`},
		{"one of two", []flow.Flow{at(0, "b.example", "/a"), at(0, "a.example", "/a")}, Request{Host: "B.Example"}, "[b.example]"},
		{"no name", []flow.Flow{at(0, "b.example", "/a"), at(0, "a.example", "/a")}, Request{}, "the store has the APIs of 2 hosts: a.example, b.example"},
		{"no name, and one with operations", []flow.Flow{at(0, "b.example", "/a"), static}, Request{}, "[b.example]"},
		{"a port", []flow.Flow{at(0, "a.example:8080", "/a"), at(0, "b.example", "/a")}, Request{Host: "a.example"}, "[a.example:8080]"},
		{"ports", []flow.Flow{at(0, "a.example:8080", "/a"), at(0, "a.example:9090", "/a")}, Request{Host: "A.example"}, `host "A.example" was seen on several ports: a.example:8080, a.example:9090`},
		{"a port and none", []flow.Flow{at(0, "a.example:8080", "/a"), at(0, "a.example", "/a")}, Request{Host: "a.example"}, "[a.example]"},
		{"all", []flow.Flow{at(0, "b.example", "/a"), at(0, "a.example", "/a")}, Request{MergeHosts: true}, "[a.example b.example]"},
		{"some", []flow.Flow{at(0, "b.example", "/a"), at(0, "a.example", "/a")}, Request{Hosts: []string{"b.example"}, MergeHosts: true}, "[b.example]"},
		{"more than are listed", many, Request{Host: "x"}, `no flows of host "x"; the store has h00.example, h01.example, h02.example, h03.example, h04.example, h05.example, h06.example, h07.example and 2 more`},
		{"as many as are listed", many[:8], Request{Host: "x"}, `no flows of host "x"; the store has h00.example, h01.example, h02.example, h03.example, h04.example, h05.example, h06.example, h07.example`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := storeOf(t, Config{}, tt.flows...).Document(t.Context(), tt.want)
			got := fmt.Sprint(err)
			if err == nil {
				got = fmt.Sprint(d.Hosts)
			}
			if got != tt.hosts {
				t.Errorf("got %s, want %s", got, tt.hosts)
			}
		})
	}
	for _, tt := range []struct {
		authority, want string
		is              bool
	}{{"[::1]:80", "[::1]", true}, {"[::1]", "[::1]", true}, {"[::1]:80", "[::1]:80", true}, {"a:80", "a:81", false}, {"a", "a:80", false}} {
		if IsHost(tt.authority, tt.want) != tt.is {
			t.Errorf("%s is %s: not %v", tt.authority, tt.want, tt.is)
		}
	}
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

// TestPartOfFlows bases documents on the newest flows, or on those since a time.
func TestPartOfFlows(t *testing.T) {
	open := at(5, "a.example", "/open")
	open.Done, open.Response = false, nil
	c := storeOf(t, Config{}, at(0, "a.example", "/old"), at(1, "b.example", "/other"), at(2, "a.example", "/new"), at(3, "a.example", "/new"), open)
	since := func(minutes int) time.Time { return time.Date(2026, 1, 2, 3, minutes, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name string
		want Request
		text string
	}{
		{"all", Request{Host: "a.example"}, "/new 2, /old 1"}, {"two", Request{Host: "a.example", Limit: 2}, "/new 1"}, {"three", Request{Host: "a.example", Limit: 3}, "/new 2"},
		{"four", Request{Hosts: []string{"a.example"}, Limit: 4}, "/new 2, /old 1"}, {"of all hosts", Request{MergeHosts: true, Limit: 4}, "/new 2, /other 1"},
		{"since", Request{Host: "a.example", Since: since(3)}, "/new 1"}, {"since later", Request{Host: "a.example", Since: since(9)}, "no flows since 2026-01-02 03:09 UTC"},
	} {
		d, err := c.Document(t.Context(), tt.want)
		got := fmt.Sprint(err)
		if err == nil {
			got = paths(d)
		}
		if got != tt.text {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.text)
		}
	}
	d, err := c.Document(t.Context(), Request{Host: "a.example"})
	if err != nil || len(d.Decided.Excluded) != 1 || d.Decided.Excluded[0].Reason != infer.ReasonUnfinished || d.Decided.Excluded[0].Count != 1 {
		t.Errorf("%v: excluded are %+v", err, d.Decided.Excluded)
	}
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

type failingPart struct{}

func (failingPart) Facts(context.Context) (Facts, error) { return Facts{}, errors.New("broken") }

// TestAdopt saves facts as those of the flows of a store, which are not learned again.
func TestAdopt(t *testing.T) {
	c := storeOf(t, Config{}, at(0, "a.example", "/one"), at(1, "a.example", "/two"))
	m := infer.New()
	f := at(0, "a.example", "/known")
	m.Add(&f)
	if err := Adopt(t.Context(), c.cfg.Store, m); err != nil {
		t.Fatal(err)
	}
	d, err := c.Document(t.Context(), Request{})
	if err != nil || paths(d) != "/known 1" {
		t.Errorf("%v: %s", err, paths(d))
	}
}

// broken is a store of which one operation fails.
type broken struct {
	*store.DB
	what string
}

var errStore = errors.New("broken")

func (b broken) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if b.what == "load" {
		return nil, store.Basis{}, errStore
	}
	return b.DB.LoadModel(ctx, name)
}

func (b broken) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	if b.what == "save" {
		return errStore
	}
	return b.DB.SaveModel(ctx, name, data, basis)
}

func (b broken) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	if b.what == "scan" {
		return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, errStore) }
	}
	return b.DB.Scan(ctx, q)
}

// TestBrokenStore says which operation of a store has failed.
func TestBrokenStore(t *testing.T) {
	for what, want := range map[string]string{"load": "load model: broken", "save": "save model: broken", "scan": "read flows: broken"} {
		db := openStore(t)
		if _, err := db.Append(t.Context(), at(0, "a.example", "/one")); err != nil {
			t.Fatal(err)
		}
		st := broken{db, what}
		if err := Adopt(t.Context(), st, infer.New()); !errors.Is(err, errStore) || err.Error() != want {
			t.Errorf("adopt: %v, want %s", err, want)
		}
		if _, err := New(Config{Store: st, Save: SaveAlways}).Document(t.Context(), Request{}); !errors.Is(err, errStore) || err.Error() != want {
			t.Errorf("document: %v, want %s", err, want)
		}
	}
}

// TestUnreadableModel learns from all flows again if the saved model is one of another version.
func TestUnreadableModel(t *testing.T) {
	c := storeOf(t, Config{Save: SaveAlways}, at(0, "a.example", "/one"), at(1, "a.example", "/two"))
	st := c.cfg.Store
	if _, err := c.Document(t.Context(), Request{}); err != nil {
		t.Fatal(err)
	}
	_, basis, err := st.LoadModel(t.Context(), ModelName)
	if err != nil || len(basis.Covers) == 0 {
		t.Fatal(basis, err)
	}
	if err := st.SaveModel(t.Context(), ModelName, []byte("of another version"), basis); err != nil {
		t.Fatal(err)
	}
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

// TestProgress tells of each flow that is read.
func TestProgress(t *testing.T) {
	seen, ended := 0, 0
	c := storeOf(t, Config{Progress: func() (func(flow.Seq), func()) { return func(flow.Seq) { seen++ }, func() { ended++ } }}, at(0, "a.example", "/one"), at(1, "a.example", "/two"))
	for range 2 {
		if _, err := c.Document(t.Context(), Request{}); err != nil {
			t.Fatal(err)
		}
	}
	if seen != 2 || ended != 2 {
		t.Errorf("%d flows, %d ends", seen, ended)
	}
	if _, err := c.Document(t.Context(), Request{Limit: 1}); err != nil || seen != 3 || ended != 3 {
		t.Errorf("%v: %d flows, %d ends", err, seen, ended)
	}
}
