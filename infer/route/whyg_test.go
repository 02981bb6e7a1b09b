package route

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

func TestWhyGolden(t *testing.T) {
	if os.Getenv("GOLD") == "" {
		t.Skip()
	}
	ar, _ := txtar.ParseFile("testdata/golden/" + os.Getenv("GOLD") + ".txtar")
	tree := newTestTree()
	for _, e := range parseRequests(t, string(section(ar, "requests"))) {
		add(tree, e)
	}
	for _, x := range tree.Templates(Policy{}) {
		t.Log(x.String())
		for _, s := range x.Segments {
			if s.Evidence != nil {
				z := 0.0
				for _, e := range s.Evidence {
					z += e.Weight
				}
				t.Logf("    %s %.2f %+v", s, z, s.Evidence)
			}
			for _, p := range s.Parts {
				if p.Param != nil {
					t.Logf("    {%s} %s %v %v", p.Param.Name, p.Param.NameRule, p.Param.Fields, p.Param.Evidence)
				}
			}
		}
	}
}
