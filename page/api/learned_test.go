package api

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/store"
)

// told is a catalog and a store that a test changes.
type told struct {
	Documents
	store.Reader
	stat     store.Stat
	statErr  error
	hosts    []infer.HostSummary
	hostsErr error
	doc      catalog.Document
	docErr   error
	takes    time.Duration // of one look at the hosts
	looks    int           // at the hosts
}

func (d *told) Stat(context.Context) (store.Stat, error) { return d.stat, d.statErr }

func (d *told) Hosts(context.Context, time.Duration) ([]infer.HostSummary, error) {
	time.Sleep(d.takes)
	d.looks++
	return d.hosts, d.hostsErr
}

func (d *told) Document(_ context.Context, r catalog.Request, _ time.Duration) (*catalog.Document, error) {
	if d.docErr != nil {
		return nil, d.docErr
	}
	if r.Hosts[0] != "a.example" {
		return nil, fmt.Errorf("asked for %q", r.Hosts)
	}
	return &d.doc, nil
}

func aDocument() *told {
	return &told{
		stat:  store.Stat{Last: 5},
		hosts: []infer.HostSummary{{Authority: "a.example", Flows: 3, Operations: 1}, {Authority: "b.example", Flows: 2}},
		doc: catalog.Document{Decided: infer.Document{
			Flows: 4, Servers: []string{"https://a.example/v1"},
			Operations: []infer.Operation{
				{Method: "GET", Path: "/x", ID: "getX", Seen: 2, Responses: []infer.Response{{Status: 200, Seen: 1}, {Status: 404, Seen: 1}}},
				{Method: "PUT", Path: "/x", ID: "putX", Seen: 1},
			},
			Excluded: []infer.Exclusion{{Reason: infer.ReasonAsset, Count: 1}, {Reason: infer.ReasonPage, Count: 2}, {Reason: infer.ReasonBeacon, Count: 1}},
		}},
	}
}

// TestKnown checks what the page shows of all hosts, and of the chosen one.
func TestKnown(t *testing.T) {
	hosts := []Host{{"a.example", 3, 1}, {"b.example", 2, 0}}
	whole := Learned{
		Hosts: []Host{{"a.example", 4, 2}, {"b.example", 2, 0}}, Host: "a.example", Servers: []string{"https://a.example/v1"},
		Operations: []Operation{
			{"GET", "/x", "getX", 2, []Status{{200, 1}, {404, 1}}}, {"PUT", "/x", "putX", 1, []Status{}},
		},
		LeftOut: []LeftOut{{"only ever answered HTML for people", 2}, {"a script, style, font or image of a page", 1}, {"a tracking ping", 1}},
	}
	empty := func(hosts []Host, read int64) Learned {
		return Learned{Hosts: hosts, Servers: []string{}, Operations: []Operation{}, LeftOut: []LeftOut{}, Learning: read > 0, Read: read}
	}
	for _, tt := range []struct {
		name, host string
		change     func(*told)
		want       Learned
		err        error
	}{
		{"the first host", "", func(*told) {}, whole, nil},
		{"a host", "a.example", func(*told) {}, whole, nil},
		{"an unknown host", "c.example", func(*told) {}, empty(hosts, 0), nil},
		{"no host", "", func(d *told) { d.hosts = nil }, empty([]Host{}, 0), nil},
		{"no flows", "", func(d *told) { d.hostsErr = catalog.ErrNoFlows }, empty([]Host{}, 0), nil},
		{"hosts that are not ready", "", func(d *told) { d.hostsErr = &catalog.NotReadyError{Read: 7} }, empty([]Host{}, 7), nil},
		{"a document that is not ready", "", func(d *told) { d.docErr = &catalog.NotReadyError{Read: 8} }, empty(hosts, 8), nil},
		{"hosts that cannot be read", "", func(d *told) { d.hostsErr = errBroken }, empty([]Host{}, 0), errBroken},
		{"a document that cannot be read", "", func(d *told) { d.docErr = errBroken }, empty(hosts, 0), errBroken},
	} {
		d := aDocument()
		tt.change(d)
		p := &panel{Config: Config{Documents: d}}
		if got, err := p.know(t.Context(), tt.host); err != tt.err || err == nil && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, %v\nwant %+v", tt.name, got, err, tt.want)
		}
	}
}

// TestLearnedPaces checks when the feed sends the next event: soon while it learns, after a rest when
// flows come, and never if nothing has changed.
func TestLearnedPaces(t *testing.T) {
	add := func(n int64) func(*told) {
		return func(d *told) { d.stat.Last++; d.doc.Decided.Flows += n }
	}
	for _, tt := range []struct {
		name   string
		begin  func(*told)
		change func(*told)
		after  []time.Duration // from the first event, of each further one
		looks  int             // in a minute
	}{
		{"nothing", nil, func(*told) {}, nil, 1},
		{"a flow", nil, add(1), []time.Duration{rest}, 2},
		{"a flow that changes nothing", nil, add(0), nil, 2},
		{"a deletion", nil, func(d *told) { d.stat.Deletions++; d.doc.Decided.Flows = 1 }, []time.Duration{rest}, 2},
		{"the end of learning", func(d *told) { d.hostsErr = &catalog.NotReadyError{Read: 1} }, func(d *told) { d.hostsErr = nil }, []time.Duration{look}, 2},
		{"a flow after slow work", func(d *told) { d.takes = time.Second }, add(1), []time.Duration{11 * time.Second}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := aDocument()
				if tt.begin != nil {
					tt.begin(d)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				p := &panel{Config: Config{Documents: d, Store: d}}
				var first time.Time
				var after []time.Duration
				n := 0
				err := p.learned(ctx, HostQuery{}, "", func(at string, l Learned) error {
					if n++; at != fmt.Sprint(n) || l.Correcting || l.Corrections != "" {
						t.Errorf("event %d at %s: %+v", n, at, l)
					}
					if first.IsZero() {
						first = time.Now()
						tt.change(d)
						return nil
					}
					after = append(after, time.Since(first))
					return nil
				})
				if !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(after, tt.after) || d.looks != tt.looks {
					t.Errorf("events after %v, want %v, and %d looks, want %d: %v", after, tt.after, d.looks, tt.looks, err)
				}
			})
		})
	}
}

// TestLearnedOfCorrections checks that an event follows soon after the file of corrections changed.
func TestLearnedOfCorrections(t *testing.T) {
	path := filepath.Join(t.TempDir(), "o.yaml")
	synctest.Test(t, func(t *testing.T) {
		d := aDocument()
		p := &panel{Config: Config{Documents: d, Store: d, Corrections: &overrides.File{Path: path}}}
		done := errors.New("seen")
		start := time.Now()
		var versions []string
		err := p.learned(t.Context(), HostQuery{}, "", func(_ string, l Learned) error {
			versions = append(versions, l.Corrections)
			if !l.Correcting || len(versions) > 1 {
				return done
			}
			return os.WriteFile(path, []byte("title: Shop\n"), 0o600)
		})
		if err != done || len(versions) != 2 || versions[0] == versions[1] || time.Since(start) != look {
			t.Errorf("the versions %q after %s: %v", versions, time.Since(start), err)
		}
	})
}

// TestLearnedEnds checks with which error the feed ends.
func TestLearnedEnds(t *testing.T) {
	done := errors.New("the connection is gone")
	for _, tt := range []struct {
		name   string
		change func(*told)
		want   error
	}{
		{"no summary", func(d *told) { d.statErr = errBroken }, errBroken},
		{"no hosts", func(d *told) { d.hostsErr = errBroken }, errBroken},
		{"nobody to send to", func(*told) {}, done},
	} {
		d := aDocument()
		tt.change(d)
		p := &panel{Config: Config{Documents: d, Store: d}}
		if err := p.learned(t.Context(), HostQuery{}, "", func(string, Learned) error { return done }); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestMethodsOfAPath shows operations that share a path, and what a person said of their answers.
func TestMethodsOfAPath(t *testing.T) {
	p := openFile(t)
	add(t, p.Store.(*store.DB), exchange("GET", "/api/v1/orders", 200), exchange("DELETE", "/api/v1/orders", 200))
	l, err := p.know(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	// state returns the state in the answer of an operation.
	state := func(o Operation) Node {
		t.Helper()
		s, err := p.operation(t.Context(), OperationQuery{host, o.Method, o.Path})
		if err != nil || s.Operation.Method != o.Method || s.Operation.Path != o.Path || !strings.HasPrefix(s.At, o.Method+" ") ||
			!strings.HasPrefix(s.Filter, "host:"+host+" method:"+o.Method+" ") {
			t.Fatalf("%s %s: %+v, %v", o.Method, o.Path, s.Operation, err)
		}
		all := s.Responses[0].Content[0].Schema.Children
		return all[slices.IndexFunc(all, func(n Node) bool { return n.Name == "state" })]
	}
	for _, o := range l.Operations {
		if n := state(o); n.Corrected != "" {
			t.Errorf("%s %s: %q without a correction", o.Method, o.Path, n.Corrected)
		}
	}
	c := Correction{Host: host, Kind: overrides.Describe, At: state(l.Operations[0]).At, To: "How it is."}
	if _, err := p.correct(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if n := state(l.Operations[0]); n.Corrected == "" || n.Description != c.To {
		t.Errorf("after the correction: %+v", n)
	}
}
