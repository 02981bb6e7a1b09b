package route

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// encode returns the encoded facts, describe the templates as text. Neither may depend on the order
// of exchanges.
func encode(t interface{ Fatal(...any) }, x *Tree) []byte {
	return must.Get(x.AppendBinary(nil))
}

func describe(templates []Template) string {
	var b bytes.Buffer
	for i := range templates {
		x := &templates[i]
		fmt.Fprintf(&b, "%s seen=%d notfound=%v overflow=%v\n", x, x.Seen, x.NotFound, x.Overflow)
		for _, m := range x.Methods {
			fmt.Fprintf(&b, "  %s %v %d\n", m.Method, m.NotFound, m.Payload.(*count).n)
		}
		for _, s := range x.Segments {
			fmt.Fprintf(&b, "  literal %v\n", s.Evidence)
		}
		for _, p := range x.Params() {
			fmt.Fprintf(&b, "  %+v\n", *p)
		}
	}
	return b.String()
}

var (
	genWord = rapid.SampledFrom([]string{"users", "orders", "items", "repos", "octocat", "hello", "me", "search",
		"a-b", "main.go", "v1", "api", "eu", "Kim_9", "", "x%2Fy", "tom", "ann", "bob", "zoe"})
	genID = rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"7", "12", "90000001", "cus_8fK2mQ1x",
			"0f8fad5b-d9cb-469f-a165-70867728950e", "2024-05-01", "a1b2c3d4e5", "Products(3)", "5.json", "9:cancel",
			"bob@example.com", "1.1"}).Draw(t, "id")
	})
	genExchange = rapid.Custom(func(t *rapid.T) *Exchange {
		e := &Exchange{Method: rapid.SampledFrom([]string{"GET", "POST", "DELETE"}).Draw(t, "method"),
			Status: rapid.SampledFrom([]int{200, 200, 201, 404, 400, 0}).Draw(t, "status")}
		texts := []string{"open"}
		for range rapid.IntRange(0, 5).Draw(t, "depth") {
			s := ""
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				s = genID.Draw(t, "id")
			case 1:
				s = fmt.Sprintf("w%c%c", 'a'+rapid.IntRange(0, 25).Draw(t, "x"), 'a'+rapid.IntRange(0, 25).Draw(t, "y"))
			default:
				s = genWord.Draw(t, "word")
			}
			e.Path += "/" + s
			texts = append(texts, s, "https://x.example"+e.Path, e.Path)
		}
		if rapid.Bool().Draw(t, "slash") {
			e.Path += "/"
		}
		scalar := rapid.Custom(func(t *rapid.T) Scalar {
			fields := []string{"id", "name", "type", "path", "user", "url", ""}
			return Scalar{
				Field: rapid.SampledFrom(fields).Draw(t, "field"),
				Owner: rapid.SampledFrom([]string{"", "owner"}).Draw(t, "owner"),
				Text:  rapid.SampledFrom(texts).Draw(t, "text"),
				Item:  rapid.Bool().Draw(t, "item"),
			}
		})
		e.Scalars = rapid.SliceOfN(scalar, 0, 4).Draw(t, "scalars")
		e.Request = rapid.SliceOfN(scalar, 0, 2).Draw(t, "request")
		e.HasBody = len(e.Scalars) > 0
		e.List = rapid.Bool().Draw(t, "list")
		e.Keys = []string{"id", rapid.SampledFrom([]string{"users", "items", "name"}).Draw(t, "key")}
		return e
	})
)

// small lowers the limits of a tree, so that tests reach them.
func (t *Tree) small() *Tree {
	t.softLimit = 12
	t.limitSteps = []limitStep{{4, 0}, {3, 6}, {2, 3}, {1, 2}, {2, 0}}
	t.limits = t.computeLimits()
	t.index.wordValues.limit, t.index.idValues.limit, t.index.fields.limit = 6, 4, 5
	t.index.propertyNames.limit, t.linkPaths.limit = 2, 6
	return t
}

func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exchanges := rapid.SliceOfN(genExchange, 1, 60).Draw(t, "exchanges")
		make := func() *Tree { return newTestTree() }
		if rapid.Bool().Draw(t, "small") {
			make = func() *Tree { return newTestTree().small() }
		}
		whole := make()
		for _, e := range exchanges {
			add(whole, e)
		}
		want, wantT := encode(t, whole), describe(whole.Templates(Options{}))

		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		parts := []*Tree{}
		for range 1 + r.IntN(4) {
			parts = append(parts, make())
		}
		for _, i := range r.Perm(len(exchanges)) {
			add(parts[r.IntN(len(parts))], exchanges[i])
		}
		for len(parts) > 1 {
			i, j := r.IntN(len(parts)), r.IntN(len(parts))
			if i == j {
				continue
			}
			before := encode(t, parts[j])
			parts[i].Merge(parts[j])
			if !bytes.Equal(before, encode(t, parts[j])) {
				t.Fatal("merging changed its argument")
			}
			parts = append(parts[:j], parts[j+1:]...)
		}
		if got := encode(t, parts[0]); !bytes.Equal(got, want) {
			t.Fatalf("encoded facts differ:\n%q\n%q", got, want)
		}
		if got := describe(parts[0].Templates(Options{})); got != wantT {
			t.Fatalf("templates differ:\n%s\n%s", got, wantT)
		}
	})
}

func TestCodecIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := newTestTree().small()
		for _, e := range rapid.SliceOfN(genExchange, 0, 40).Draw(t, "exchanges") {
			add(whole, e)
		}
		b := encode(t, whole)
		back := newTestTree().small()
		must.Do(t, back.UnmarshalBinary(b))
		if !bytes.Equal(b, encode(t, back)) {
			t.Fatal("decoded tree encodes differently")
		}
		if a, b := describe(whole.Templates(Options{})), describe(back.Templates(Options{})); a != b {
			t.Fatalf("decoded tree decides differently:\n%s\n%s", a, b)
		}
	})
}

func TestEveryExchangeCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := newTestTree()
		if rapid.Bool().Draw(t, "small") {
			tree.small()
		}
		exchanges := rapid.SliceOfN(genExchange, 0, 60).Draw(t, "exchanges")
		for _, e := range exchanges {
			add(tree, e)
		}
		before := encode(t, tree)
		templates := tree.Templates(Options{})
		if !bytes.Equal(before, encode(t, tree)) {
			t.Fatal("deciding changed the facts")
		}
		seen, paid := int64(0), int64(0)
		overflow := false
		names := map[string]bool{}
		for i := range templates {
			seen += templates[i].Seen
			overflow = overflow || templates[i].Overflow
			for _, m := range templates[i].Methods {
				paid += m.Payload.(*count).n
			}
			used := map[string]bool{}
			for _, p := range templates[i].Params() {
				if used[p.Name] || p.Name == "" {
					t.Fatalf("%s: name %q", &templates[i], p.Name)
				}
				used[p.Name] = true
			}
			if key := templates[i].pattern(); names[key] && !templates[i].Overflow {
				t.Fatalf("two templates %s", key)
			} else {
				names[key] = true
			}
		}
		if seen != int64(len(exchanges)) || paid != seen || tree.Len() != seen {
			t.Fatalf("%d exchanges, %d in templates, %d in payloads", len(exchanges), seen, paid)
		}
		for _, e := range exchanges {
			if !overflow && Match(templates, e.Path) == nil {
				t.Fatalf("no template for %s among\n%s", e.Path, describe(templates))
			}
		}
	})
}
