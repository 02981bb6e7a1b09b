package route

import (
	"fmt"
	"os"
	"sort"
	"testing"
)

func TestStylePrint(t *testing.T) {
	if os.Getenv("STYLE") == "" {
		t.Skip()
	}
	for _, name := range corpora(t) {
		j := load(t, name)
		tree := build(j.exchanges)
		ts := tree.Templates(Policy{})
		have := map[string]string{}
		for _, f := range tree.index.fields.m {
			have[plain(fieldTail(f.name))] += fmt.Sprintf(" %s:%d", f.name, f.n)
		}
		bases := map[string]bool{}
		for i := range ts {
			for k, s := range ts[i].Segments {
				if k > 0 && s.rank() == 0 && ts[i].Segments[k-1].rank() == 2 {
					bases[plain(singularName(ts[i].Segments[k-1].Parts[0].Literal))] = true
				}
			}
		}
		var bs []string
		for b := range bases {
			bs = append(bs, b)
		}
		sort.Strings(bs)
		n := map[string]int{}
		for _, b := range bs {
			for _, suf := range []string{"", "id", "name", "number", "slug", "key", "uuid"} {
				if have[b+suf] != "" {
					n[suf]++
					if len(bs) < 60 {
						t.Log(name, b, suf, have[b+suf])
					}
				}
			}
		}
		t.Log(name, len(bs), n)
	}
}
