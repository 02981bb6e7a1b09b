package route

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
)

// traffic makes one request of a shop API with the given number of users, orders and pages.
func traffic(r *rand.Rand, distinct int, e *Exchange) {
	id := r.IntN(distinct)
	name := slug(fmt.Sprint(id))
	*e = Exchange{Method: "GET", Status: 200, HasBody: true, Keys: e.Keys[:0], Scalars: e.Scalars[:0]}
	put := func(field, text string) { e.Scalars = append(e.Scalars, Scalar{Field: field, Text: text, Depth: 1}) }
	switch r.IntN(6) {
	case 0:
		e.Path = fmt.Sprintf("/api/users/%s", name)
		put("login", name)
		put("id", fmt.Sprint(id))
	case 1:
		e.Path = fmt.Sprintf("/api/users/%s/orders", name)
		e.List = true
		put("id", fmt.Sprint(100000+r.IntN(distinct)))
	case 2:
		e.Path = fmt.Sprintf("/api/orders/%d", 100000+id)
		put("id", fmt.Sprint(100000+id))
		put("user", name)
	case 3:
		e.Path = fmt.Sprintf("/api/orders/%d/items/%d", 100000+id, r.IntN(9))
		e.Method = "DELETE"
	case 4:
		e.Path = fmt.Sprintf("/api/pages/%s-%s", name, slug(name))
		put("slug", name+"-"+slug(name))
	default:
		e.Path = "/api/search"
		put("total", fmt.Sprint(id))
	}
	put("url", "https://shop.example"+e.Path)
}

func shop(n, distinct int) *Tree {
	t, r := newTestTree(), rand.New(rand.NewPCG(1, uint64(n)))
	var e Exchange
	for range n {
		traffic(r, distinct, &e)
		add(t, &e)
	}
	return t
}

func BenchmarkAdd(b *testing.B) {
	t, r := newTestTree(), rand.New(rand.NewPCG(1, 1))
	es := make([]Exchange, 4096)
	for i := range es {
		traffic(r, 1_000_000, &es[i])
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		add(t, &es[i%len(es)])
	}
}

// TestMemoryIsBounded adds a million identifiers and words.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("adds many exchanges")
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	tree := shop(200_000, 200_000)
	used := int64(heap()) - int64(before)
	size := len(encode(t, tree))
	t.Logf("%.1f MB of memory, %.1f MB encoded", float64(used)/1e6, float64(size)/1e6)
	if used > 50e6 {
		t.Errorf("the tree takes %d bytes", used)
	}
	for _, x := range tree.Templates(Options{}) {
		t.Log(x.String(), x.Seen)
	}
}

// TestCrawl requests many subresources of many repositories of many owners, all named by words.
func TestCrawl(t *testing.T) {
	if testing.Short() {
		t.Skip("adds many exchanges")
	}
	tree, r := newTestTree(), rand.New(rand.NewPCG(3, 3))
	parts := make([]string, 60)
	for i := range parts {
		parts[i] = slug("part"+fmt.Sprint(i)) + "s"
	}
	const n = 100_000
	for range n {
		owner := slug(fmt.Sprint("o", r.IntN(5000)))
		repo := slug(fmt.Sprint(owner, r.IntN(40)))
		e := Exchange{Method: "GET", Status: 200, Path: "/repos/" + owner + "/" + repo, HasBody: true,
			Keys: []string{"name"}}
		if r.IntN(10) > 0 {
			e.Path += "/" + parts[r.IntN(len(parts))]
			e.Scalars = []Scalar{{Field: "title", Text: "x"}}
		} else {
			e.Scalars = []Scalar{{Field: "full_name", Text: owner + "/" + repo}, {Field: "name", Text: repo},
				{Field: "login", Owner: "owner", Text: owner}}
		}
		add(tree, &e)
	}
	nodes := 0
	var walk func(x *node)
	walk = func(x *node) {
		nodes++
		for _, k := range x.children {
			walk(k)
		}
	}
	walk(&tree.root)
	templates := tree.Templates(Options{})
	lost := int64(0)
	for i := range templates {
		if templates[i].Overflow {
			lost += templates[i].Seen
		}
	}
	t.Logf("%d nodes for %d prefixes, children %v, %d templates, %d of %d exchanges lost", nodes,
		tree.prefixCount.estimate(), tree.limits[:5], len(templates), lost, n)
	if len(templates) != 61 || lost > 0 || nodes > 50_000 {
		for i := range templates[:min(len(templates), 80)] {
			t.Log(templates[i].String(), templates[i].Seen)
		}
		t.Error("want the repository and 60 parts")
	}
}

// BenchmarkCorpus adds and decides recorded traffic.
func BenchmarkCorpus(b *testing.B) {
	for _, name := range corpustest.Names(b) {
		j := load(b, name)
		b.Run("add/"+name, func(b *testing.B) {
			for b.Loop() {
				build(j.exchanges)
			}
		})
		tree := build(j.exchanges)
		b.Run("templates/"+name, func(b *testing.B) {
			for b.Loop() {
				tree.Templates(Options{})
			}
		})
	}
}
