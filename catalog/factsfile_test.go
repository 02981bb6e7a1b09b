package catalog_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

// traffic returns flows of an API whose document depends on facts of many of them: templates,
// enums, required properties, optional parameters. Some flows are not done.
func traffic(r *rand.Rand) (fs []flow.Flow) {
	for i := range 120 {
		path := fmt.Sprintf("/users/%d", r.IntN(1000))
		query := ""
		body := fmt.Sprintf(`{"id":%d,"state":%q,"tags":["a"]}`, r.IntN(1000), []string{"open", "closed", "held"}[r.IntN(3)])
		switch r.IntN(4) {
		case 0:
			path, query = "/orders", fmt.Sprintf("page=%d", r.IntN(9))
			body = fmt.Sprintf(`{"orders":[{"total":%d.5}],"next":null}`, r.IntN(50))
		case 1:
			body = fmt.Sprintf(`{"id":%d,"state":"open","note":"n"}`, r.IntN(1000))
		}
		f := flow.Flow{
			ID: flow.NewID(), Done: i%20 != 0,
			Request: flow.Request{Method: "GET", Scheme: "https", Authority: "a.example", Path: path, RawQuery: query},
		}
		if f.Done {
			f.Response = &flow.Response{
				Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
				Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
			}
		}
		fs = append(fs, f)
	}
	return fs
}

// document returns the document of a catalog.
func document(t *testing.T, c *catalog.Catalog) string {
	t.Helper()
	d := must.Get(c.Document(t.Context(), catalog.Request{MergeHosts: true}))
	var b bytes.Buffer
	must.Do(t, openapi.Encode(&b, d.OpenAPI, openapi.YAML))
	fmt.Fprint(&b, d.Decided.Excluded) // what export --report prints
	return b.String()
}

// captureOf returns a catalog of a new store with flows.
func captureOf(t *testing.T, fs []flow.Flow) *catalog.Catalog {
	t.Helper()
	db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	t.Cleanup(func() { db.Close() })
	must.Get(db.Append(t.Context(), fs...))
	return catalog.New(catalog.Config{Store: db})
}

// file returns the facts of a part as a file has them.
func file(t *testing.T, part catalog.Part) catalog.Facts {
	t.Helper()
	f := must.Get(part.Facts(t.Context()))
	data := must.Get(catalog.EncodeFacts(f))
	if !catalog.IsFactsFile(data) {
		t.Error("a file of facts is not taken for one")
	}
	f = must.Get(catalog.DecodeFacts(data))
	return f
}

// TestMergedIsOne checks that the document of flows in several stores and files of facts, in any
// order and merged in any shape, is byte for byte that of one store with all of them.
func TestMergedIsOne(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 1))
		fs := traffic(r)
		want := document(t, captureOf(t, fs))
		r.Shuffle(len(fs), func(i, j int) { fs[i], fs[j] = fs[j], fs[i] })
		a, b := r.IntN(len(fs)), r.IntN(len(fs))
		a, b = min(a, b), max(a, b)
		parts := []catalog.Part{captureOf(t, fs[:a]), captureOf(t, fs[a:b]), file(t, captureOf(t, fs[b:]))}
		for _, merged := range []*catalog.Catalog{
			catalog.NewMerged(catalog.Config{}, parts...),
			catalog.NewMerged(catalog.Config{}, parts[2], parts[0], parts[1]),
			catalog.NewMerged(catalog.Config{}, parts[1], file(t, catalog.NewMerged(catalog.Config{}, parts[0], parts[2]))),
		} {
			if got := document(t, merged); got != want {
				t.Fatalf("seed %d: the document of parts differs:\n%s\nwant\n%s", seed, got, want)
			}
			if got := document(t, merged); got != want {
				t.Fatalf("seed %d: the second document differs", seed)
			}
		}
	}
}

// TestDecodeFacts reads damaged files, files of other versions, and files of another kind.
func TestDecodeFacts(t *testing.T) {
	m := infer.New()
	m.Add(&flow.Flow{Done: true, Request: flow.Request{Method: "GET", Authority: "a.example", Path: "/"}})
	good := must.Get(catalog.EncodeFacts(catalog.Facts{Model: m}))
	z := must.Get(zstd.NewWriter(nil))
	packed := func(model string) string { return "spectap model 1\n{}\n" + string(z.EncodeAll([]byte(model), nil)) }
	model := must.Get(m.AppendBinary(nil))
	newer := bytes.Clone(model)
	newer[0]++
	for _, tt := range []struct {
		name, data string
		want       error
	}{
		{"newer facts", packed(string(newer)), catalog.ErrFactsVersion},
		{"no facts", packed(""), catalog.ErrFactsDamaged},
		{"cut facts", packed(string(model[:len(model)-1])), catalog.ErrFactsDamaged},
		{"empty", "", catalog.ErrNotFacts},
		{"other", "SQLite format 3\x00", catalog.ErrNotFacts},
		{"newer", "spectap model 2\n{}\n", catalog.ErrFactsVersion},
		{"no head", "spectap model 1\n", catalog.ErrFactsDamaged},
		{"cut", string(good[:len(good)-3]), catalog.ErrFactsDamaged},
		{"no model", "spectap model 1\n{}\nxx", catalog.ErrFactsDamaged},
	} {
		if _, err := catalog.DecodeFacts([]byte(tt.data)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	for i := range good { // a changed byte is an error, or leaves facts that can be encoded
		bad := bytes.Clone(good)
		bad[i] ^= 0x55
		if f, err := catalog.DecodeFacts(bad); err == nil {
			if _, err := catalog.EncodeFacts(f); err != nil {
				t.Errorf("byte %d: %v", i, err)
			}
		}
	}
}

// FuzzDecodeFacts reads arbitrary files.
func FuzzDecodeFacts(f *testing.F) {
	good := must.Get(catalog.EncodeFacts(catalog.Facts{Model: infer.New(), Unfinished: map[string]int64{"a.example": 2}}))
	f.Add(good)
	f.Fuzz(func(t *testing.T, data []byte) {
		if facts, err := catalog.DecodeFacts(data); err == nil {
			file(t, facts)
		}
	})
}
