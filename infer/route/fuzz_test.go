package route

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// FuzzUnmarshal decodes arbitrary bytes: the result is an error or a tree that works, never a
// panic.
func FuzzUnmarshal(f *testing.F) {
	tree := newTestTree()
	for _, e := range []*Exchange{
		{Method: "GET", Path: "/users/ann/posts/1", Status: 200,
			Scalars: []Scalar{{Field: "login", Text: "ann"},
				{Field: "url", Text: "https://x.example/users/bob{/id}"}}, Keys: []string{"login"}},
		{Method: "POST", Path: "/users", Status: 201, Request: []Scalar{{Field: "login", Text: "cara"}}},
		{Method: "GET", Path: "/files/a/b%2Fc/d.json", Status: 404},
	} {
		add(tree, e)
	}
	f.Add(encode(f, tree))
	f.Add([]byte{codecVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		x := newTestTree()
		if x.UnmarshalBinary(b) != nil {
			return
		}
		once := encode(t, x)
		y := newTestTree()
		must.Do(t, y.UnmarshalBinary(once))
		if !bytes.Equal(once, encode(t, y)) {
			t.Fatal("what was decoded encodes differently")
		}
		x.Merge(y)
		x.Templates(Options{})
	})
}

// FuzzPath adds arbitrary paths: a template matches each path, and each path counts in one
// template.
func FuzzPath(f *testing.F) {
	f.Add("/a/b/1\n/a/c/2\n//x/%2f/%zz/\n/Products(1)\n/x:y\n/a...b/..", "ann\n/a/b/1")
	f.Fuzz(func(t *testing.T, paths, values string) {
		tree := newTestTree()
		var body []Scalar
		for i, v := range strings.Split(values, "\n") {
			body = append(body, Scalar{Field: []string{"id", "name", "url", ""}[i%4], Text: v})
		}
		lines := strings.Split(paths, "\n")
		for i, p := range lines {
			add(tree, &Exchange{Method: []string{"GET", "PUT"}[i%2], Path: p, Status: 200, HasBody: true,
				Scalars: body})
		}
		templates := tree.Templates(Options{})
		seen := int64(0)
		for i := range templates {
			seen += templates[i].Seen
		}
		if seen != int64(len(lines)) {
			t.Fatalf("%d requests, %d in templates", len(lines), seen)
		}
		for _, p := range lines {
			if Match(templates, p) == nil {
				t.Fatalf("no template for %q among\n%s", p, describe(templates))
			}
		}
	})
}
