package api

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/catalog/overrides"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
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

// Values of a parameter that are kept can be literals: each, and all if there are no others.
func TestLiterals(t *testing.T) {
	p := openFile(t)
	for _, slug := range []string{"oak-stool", "cast-iron-pan", "hand-grinder", "bread-tin", "wool-blanket"} {
		add(t, p.Store.(*store.DB), exchange("GET", "/api/v1/products/"+slug, 200), exchange("GET", "/api/v1/products", 200))
	}
	for at, want := range map[string]string{
		"/api/v1/products/{slug}": "{[bread-tin cast-iron-pan hand-grinder oak-stool wool-blanket] true}", "/api/v1/orders/{order_id}": "{[] false}",
	} {
		if got := fmt.Sprint(must.Get(p.literals(t.Context(), SegmentQuery{host, at}))); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	if done := must.Get(p.correct(t.Context(), Correction{Host: host, Kind: overrides.Literal, At: "/api/v1/products/{slug}"})); !strings.Contains(done.Diff, "+  /products/oak-stool:") {
		t.Error(done.Diff)
	}
}

// What is of an old version, fits nothing, or says nothing new is refused, and changes nothing.
func TestRefusedCorrections(t *testing.T) {
	p := openFile(t)
	first := must.Get(p.correct(t.Context(), Correction{Host: host, Kind: overrides.Title, To: "Shop"}))
	for want, in := range map[string]Correction{
		"the file has changed since":        {Version: "", Kind: overrides.Title, To: "Other"},
		"nothing fits: the document has no": {Version: first.Version, Kind: overrides.Optional, At: "Nothing /x"},
		"the corrections say so already":    {Version: first.Version, Kind: overrides.Title, To: "Shop"},
		"no kind of correction":             {Version: first.Version, Kind: "x", At: "Order /x"},
		"is no place":                       {Version: first.Version, Kind: overrides.Optional, At: "a b c"},
		"nothing fits: no captured path":    {Version: first.Version, Kind: overrides.Literal, At: "/none/here"},
		"nothing fits: numbers and the li":  {Version: first.Version, Kind: overrides.Literal, At: "/api/v1/orders/{id}"},
		"nothing fits: another operation":   {Version: first.Version, Kind: overrides.Rename, At: "POST /api/v1/orders", To: "getUserOrders"},
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
