package route

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/corpustest"
)

// paths is a payload that holds the paths added to it.
type paths struct{ all []string }

func (p *paths) Merge(o Payload) { p.all = append(p.all, o.(*paths).all...) }
func (p *paths) AppendBinary(b []byte) ([]byte, error) {
	slices.Sort(p.all)
	return append(b, strings.Join(p.all, "\n")...), nil
}

func (p *paths) Settle() {}
func newPaths() Payload  { return &paths{} }

func decodePaths(b []byte) (Payload, error) { return &paths{strings.Split(string(b), "\n")}, nil }

// checkMatch checks that every path matches the template that its exchange counts in.
func checkMatch(t interface{ Errorf(string, ...any) }, exchanges []*Exchange, small bool) {
	tree := New(newPaths, decodePaths)
	if small {
		tree.small()
	}
	for _, e := range exchanges {
		p := tree.Add(e).(*paths)
		p.all = append(p.all, e.Path)
	}
	templates := tree.Templates(Options{})
	for i := range templates {
		for _, m := range templates[i].Methods {
			for _, path := range m.Payload.(*paths).all {
				if got := Match(templates, path); !templates[i].Overflow &&
					(got == nil || got.pattern() != templates[i].pattern()) {
					name := "none"
					if got != nil {
						name = got.String()
					}
					t.Errorf("%s counts in %s but matches %s", path, &templates[i], name)
				}
			}
		}
	}
}

func TestMatchAgreesWithCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkMatch(t, rapid.SliceOfN(genExchange, 1, 60).Draw(t, "exchanges"), false)
	})
}

func TestMatchAgreesWithCountsOnCorpora(t *testing.T) {
	if testing.Short() {
		t.Skip("measures all corpora")
	}
	for _, name := range corpustest.Names(t) {
		checkMatch(t, load(t, name).exchanges, false)
	}
}
