package api

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/page/wire"
)

// openFile returns a panel with a file of corrections, which the documents follow.
func openFile(t *testing.T) *panel {
	t.Helper()
	p, db := open(t)
	dir := t.TempDir()
	p.Corrections = &overrides.File{Path: filepath.Join(dir, "o.yaml"), Journal: filepath.Join(dir, "journal.json")}
	p.Documents = catalog.NewBackground(t.Context(), catalog.New(catalog.Config{Store: db, Corrections: func() (correction.Corrections, error) {
		state, err := p.Corrections.Read()
		if err != nil {
			return correction.Corrections{}, err
		}
		return overrides.Parse(state.Text)
	}}))
	return p
}

const host = "api.example.com"

// Every place that an operation shows can be corrected.
func TestPlaces(t *testing.T) {
	p := openFile(t)
	l, err := p.know(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]bool{}
	var collect func(n *Node)
	collect = func(n *Node) {
		places[n.At] = true
		for i := range n.Children {
			collect(&n.Children[i])
		}
	}
	for _, o := range l.Operations {
		s, err := p.operation(t.Context(), OperationQuery{l.Host, o.Method, o.Path})
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Parameters {
			collect(&s.Parameters[i].Schema)
		}
		for i := range s.Request {
			collect(&s.Request[i].Schema)
		}
		for i := range s.Responses {
			for j := range s.Responses[i].Content {
				collect(&s.Responses[i].Content[j].Schema)
			}
		}
		for _, g := range s.Segments {
			places[g.At] = true
		}
	}
	delete(places, "")
	if len(places) < 12 {
		t.Fatalf("places: %v", places)
	}
	version := ""
	for at := range places {
		kind := overrides.Describe
		if strings.HasPrefix(at, "/") {
			kind = overrides.LeaveOut
			at += "/**"
		}
		got, err := p.correct(t.Context(), Correction{Host: host, Version: version, Kind: kind, At: at, To: "What it is."})
		if err != nil || got.Diff == "" {
			t.Errorf("%s: %v, diff %q", at, err, got.Diff)
			continue
		}
		if got, err = p.undo(t.Context(), Version{host, got.Version}); err != nil || got.Diff == "" {
			t.Fatalf("%s: undo: %v", at, err)
		}
	}
	if _, err := os.Stat(p.Corrections.Path); !os.IsNotExist(err) {
		t.Errorf("after all is undone: %v", err)
	}
}

// What is of an old version, fits nothing, or says nothing new is refused, and changes nothing.
func TestRefusedCorrections(t *testing.T) {
	p := openFile(t)
	first, err := p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "Shop"})
	if err != nil {
		t.Fatal(err)
	}
	for want, in := range map[string]Correction{
		"the file has changed since":        {Version: "", Kind: overrides.Title, To: "Other"},
		"nothing fits: the document has no": {Version: first.Version, Kind: overrides.Optional, At: "Nothing /x"},
		"the corrections say so already":    {Version: first.Version, Kind: overrides.Title, To: "Shop"},
		"no kind of correction":             {Version: first.Version, Kind: "x", At: "Order /x"},
		"is no place":                       {Version: first.Version, Kind: overrides.Optional, At: "a b c"},
		"nothing fits: no captured path":    {Version: first.Version, Kind: overrides.Literal, At: "/none/here"},
		"nothing fits: another operation":   {Version: first.Version, Kind: overrides.Rename, At: "POST /api/v1/orders", To: "listUserOrders"},
	} {
		in.Host = host
		_, err := p.correct(t.Context(), in)
		var shown *wire.Error
		if !errors.As(err, &shown) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", in, err, want)
		}
	}
	state, err := p.Corrections.Read()
	if err != nil || state.Version != first.Version {
		t.Errorf("the file has changed:\n%s", state.Text)
	}
	if _, err := p.undo(t.Context(), Version{host, "x"}); err == nil {
		t.Error("another version was undone")
	}
	list, err := p.corrections(t.Context(), wire.None{})
	if err != nil || len(list.Entries) != 1 || list.Undo == "" {
		t.Errorf("%+v, %v", list, err)
	}
	p.Corrections = nil
	if _, err := p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "x"}); err == nil {
		t.Error("a page without a file corrects")
	}
}
