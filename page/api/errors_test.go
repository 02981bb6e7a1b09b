package api

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/amend"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/page/wire"
)

// shownError returns what the page shows of an error.
func shownError(err error) wire.Error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return wire.Error{Message: fmt.Sprint("not shown: ", err)}
	}
	return *e
}

// TestErrors checks which errors a person sees, and what they can do about them.
func TestErrors(t *testing.T) {
	other, own := errors.New("the disk is full"), &wire.Error{Message: "m", Column: 2}
	notReady := &catalog.NotReadyError{Read: 7}
	for _, tt := range []struct {
		err               error
		explained, change wire.Error
	}{
		{notReady, wire.Error{Message: notReady.Error(), Try: "open it again in a few seconds"}, wire.Error{Message: notReady.Error(), Try: "open it again in a few seconds"}},
		{&catalog.NoHostError{}, wire.Error{Message: "the store has no flows of this host", NotFound: true}, wire.Error{Message: "the store has no flows of this host", NotFound: true}},
		{catalog.ErrNoFlows, wire.Error{Message: "the store has no flows of this host", NotFound: true}, wire.Error{Message: "the store has no flows of this host", NotFound: true}},
		{own, *own, *own},
		{overrides.ErrMoved, wire.Error{Message: "not shown: " + overrides.ErrMoved.Error()}, wire.Error{Message: overrides.ErrMoved.Error(), Try: "look again, and repeat it"}},
		{overrides.ErrNothing, wire.Error{Message: "not shown: " + overrides.ErrNothing.Error()}, wire.Error{Message: overrides.ErrNothing.Error()}},
		{other, wire.Error{Message: "not shown: the disk is full"}, wire.Error{Message: "the disk is full"}},
	} {
		if got := shownError(explained(tt.err)); got != tt.explained {
			t.Errorf("%v: explained as %+v", tt.err, got)
		}
		if got := shownError(corrected(tt.err)); got != tt.change {
			t.Errorf("%v: as an error of a change %+v", tt.err, got)
		}
	}
	if explained(nil) != nil || corrected(nil) != nil {
		t.Error("no error became one")
	}
}

// TestCut checks how much of a difference the page gets.
func TestCut(t *testing.T) {
	for n, want := range map[int]bool{0: false, maxDiff: false, maxDiff + 1: true} {
		if got, is := cut(strings.Repeat("a", n)); is != want || len(got) != min(n, maxDiff) {
			t.Errorf("%d bytes: %d, cut %t", n, len(got), is)
		}
	}
}

// TestChangedHost checks of which host the document changes when a host goes to another API.
func TestChangedHost(t *testing.T) {
	with := func(pairs ...string) *correction.Corrections {
		c := &correction.Corrections{Hosts: map[string]string{}}
		for i := 0; i < len(pairs); i += 2 {
			c.Hosts[pairs[i]] = pairs[i+1]
		}
		return c
	}
	for _, tt := range []struct {
		before, after *correction.Corrections
		want          string
	}{
		{with(), with(), "looked.at"}, {with("a", "b"), with("a", "b"), "looked.at"}, {with(), with("a", "b"), "b"}, {with("a", "b"), with(), "b"},
		{with("a", "b"), with("a", "c"), "c"}, {with("a", "b"), with("a", "b", "d", "e"), "e"},
	} {
		if got := changed("looked.at", tt.before, tt.after); got != tt.want {
			t.Errorf("%v became %v: %s, want %s", tt.before.Hosts, tt.after.Hosts, got, tt.want)
		}
	}
}

// TestNewCorrections checks which corrections are new, of which a misfit is an error.
func TestNewCorrections(t *testing.T) {
	parse := func(text string) *correction.Corrections {
		c, err := overrides.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return &c
	}
	none, one, other := parse(""), parse("operations:\n  - {operation: GET /a, name: one}\n"), parse("operations:\n  - {operation: GET /a, name: two}\n")
	entries := overrides.List(one)
	if len(entries) != 1 {
		t.Fatal(entries)
	}
	key := entries[0].Name
	for _, tt := range []struct {
		have, next *correction.Corrections
		want       bool
	}{{none, one, true}, {one, one, false}, {one, other, true}} {
		if got := isNew(key, tt.have, tt.next); got != tt.want {
			t.Errorf("%s: new %t, want %t", key, got, tt.want)
		}
	}
}

// someHosts are documents of which there seem to be others.
type someHosts struct {
	Documents
	hosts []infer.HostSummary
	err   error
}

func (d someHosts) Hosts(context.Context, time.Duration) ([]infer.HostSummary, error) {
	return d.hosts, d.err
}

// TestCorrectionsOfOneHost limits a correction to the API that the person looks at, if there are
// several.
func TestCorrectionsOfOneHost(t *testing.T) {
	for _, tt := range []struct {
		hosts []infer.HostSummary
		want  string
	}{
		{[]infer.HostSummary{{Authority: host, Operations: 1}}, ""},
		{[]infer.HostSummary{{Authority: host, Operations: 1}, {Authority: "static.example", Operations: 0}}, ""},
		{[]infer.HostSummary{{Authority: host, Operations: 1}, {Authority: "other.example", Operations: 1}}, host},
	} {
		p := openFile(t)
		p.Documents = someHosts{p.Documents, tt.hosts, nil}
		got, err := p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "Shop"})
		if err != nil || got.Path != p.Corrections.Path || got.Version == "" || got.Host != host || !strings.Contains(got.Diff, "Shop") || got.Cut {
			t.Fatalf("%+v, %v", got, err)
		}
		list, err := p.corrections(t.Context(), wire.None{})
		if err != nil || len(list.Entries) != 1 || list.Entries[0].Limit != tt.want || list.Entries[0].Misfit != "" || list.Path != got.Path || list.Version != got.Version || list.Version != p.version() {
			t.Errorf("of %d hosts: %+v, %v", len(tt.hosts), list, err)
		}
		e := list.Entries[0]
		removed, err := p.remove(t.Context(), Removal{Host: host, Version: list.Version, Section: e.Section, Key: e.Key, Limit: e.Limit})
		if err != nil || !strings.Contains(removed.Diff, "-  title: Shop") {
			t.Errorf("%+v, %v", removed, err)
		}
	}
	p := openFile(t)
	broken := errors.New("the store is closed")
	p.Documents = someHosts{p.Documents, nil, broken}
	if _, err := p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "Shop"}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := p.corrections(t.Context(), wire.None{}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// TestBrokenCorrections says which file a person has to mend.
func TestBrokenCorrections(t *testing.T) {
	p := openFile(t)
	if err := os.WriteFile(p.Corrections.Path, []byte("rename: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	_, list := p.corrections(t.Context(), wire.None{})
	_, removed := p.remove(t.Context(), Removal{Host: host})
	for what, err := range map[string]error{"list": list, "remove": removed} {
		if e := shownError(err); !strings.HasPrefix(e.Message, "read the corrections: ") || e.Try != "mend "+p.Corrections.Path {
			t.Errorf("%s: %+v", what, e)
		}
	}
	p.Corrections = &overrides.File{Path: t.TempDir(), Journal: p.Corrections.Journal}
	if got := p.version(); !strings.HasPrefix(got, "unreadable: ") {
		t.Errorf("the version of a folder is %s", got)
	}
	_, list = p.corrections(t.Context(), wire.None{})
	_, removed = p.remove(t.Context(), Removal{Host: host})
	_, undone := p.undo(t.Context(), Version{Host: host})
	for what, err := range map[string]error{"list": list, "remove": removed, "undo": undone} {
		if e := shownError(err); strings.HasPrefix(e.Message, "not shown") {
			t.Errorf("%s: %+v", what, e)
		}
	}
	p.Corrections = nil
	_, removed = p.remove(t.Context(), Removal{Host: host})
	_, undone = p.undo(t.Context(), Version{Host: host})
	for what, err := range map[string]error{"remove": removed, "undo": undone} {
		if e := shownError(err); e.Message != "this page cannot correct" {
			t.Errorf("%s: %+v", what, e)
		}
	}
	if list, err := p.corrections(t.Context(), wire.None{}); err != nil || list.Entries == nil || list.Path != "" || p.version() != "" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestCounts adds to each property how many exchanges had it, and what a person said of it.
func TestCounts(t *testing.T) {
	leaf := func(name string) Node { return Node{Name: name, At: "R " + name, Ref: "Ref " + name} }
	schema := func() Node {
		return Node{Children: []Node{leaf("a/b~"), {Name: "l", Children: []Node{{Name: "(each item)", Children: []Node{leaf("x")}}, {Name: "(item 1)"}}},
			{Name: "m", Children: []Node{{Name: "(any name)"}}}, {Name: "(one of)", Children: []Node{leaf("y")}}, leaf("z")}}
	}
	s := &Shown{
		Parameters: []Parameter{{Schema: leaf("p")}},
		Request:    []Content{{Schema: schema()}},
		Responses:  []Response{{Status: "200", Content: []Content{{Schema: schema()}}}},
	}
	finding := func(about, subject, result string, supports, opposes int64) infer.Finding {
		return infer.Finding{About: about, Subject: subject, Result: result, Supports: supports, Opposes: opposes}
	}
	s.count([]infer.Finding{
		finding("request ", "/a~1b~0", "required", 0, 0),
		finding("request", "/a~1b~0", "required", 5, 0), finding("request", "/a~1b~0", "optional", 9, 9), finding("request", "/l/-/x", "optional: sometimes", 2, 3),
		finding("request", "/l/1", "required", 4, 0), finding("request", "/m/*", "optional", 1, 1), finding("request", "/y", "required", 6, 1), finding("request", "/z", "format", 8, 8),
		finding("request", "z", "required", 8, 8), finding("response 200", "/z", "required", 7, 0), finding("response 404", "/a~1b~0", "required", 3, 0),
	})
	counts := func(n *Node) string {
		var out []string
		var visit func(n *Node)
		visit = func(n *Node) {
			if n.Of > 0 {
				out = append(out, fmt.Sprintf("%s %d/%d", n.Name, n.Seen, n.Of))
			}
			for i := range n.Children {
				visit(&n.Children[i])
			}
		}
		visit(n)
		return strings.Join(out, ", ")
	}
	if got, want := counts(&s.Request[0].Schema), "a/b~ 5/5, x 2/5, (item 1) 4/4, (any name) 1/2, y 6/7"; got != want {
		t.Errorf("request: %s, want %s", got, want)
	}
	if got, want := counts(&s.Responses[0].Content[0].Schema), "z 7/7"; got != want {
		t.Errorf("response: %s, want %s", got, want)
	}
	s.mark([]infer.Finding{
		{About: amend.Corrected, Subject: "R p", Result: "said of p"}, {About: amend.Corrected, Subject: "Ref x", Result: "said of x"}, {About: "other", Subject: "R z", Result: "said of z"},
		{About: amend.Corrected, Subject: "R y", Result: "said of y"},
	})
	r := &s.Responses[0].Content[0].Schema
	if s.Parameters[0].Schema.Corrected != "said of p" || r.Children[1].Children[0].Children[0].Corrected != "said of x" || r.Children[3].Children[0].Corrected != "said of y" || r.Children[4].Corrected != "" ||
		s.Request[0].Schema.Children[3].Children[0].Corrected != "said of y" {
		t.Errorf("%+v", s)
	}
}
