package route

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestWhy prints the evidence of templates that hold the text WHY.
func TestWhy(t *testing.T) {
	why := os.Getenv("WHY")
	if why == "" {
		t.Skip("set CORPUS and WHY")
	}
	share := 1.0
	fmt.Sscan(os.Getenv("SHARE"), &share)
	j := load(t, os.Getenv("CORPUS"))
	if os.Getenv("NOBODY") != "" {
		for i, e := range j.exchanges {
			j.exchanges[i] = &Exchange{Method: e.Method, Path: e.Path, Status: e.Status}
		}
	}
	if os.Getenv("SLUG") != "" {
		j.exchanges = rewrite(j.exchanges, func(s string) string {
			if shapeOf(s).strong() && !strings.Contains(s, "@") {
				return slug(s)
			}
			return s
		})
	}
	seed := uint64(0)
	fmt.Sscan(os.Getenv("SEED"), &seed)
	ts := build(part(j.exchanges, share, seed)).Templates(Policy{})
	for i := range ts {
		if !strings.Contains(ts[i].String(), why) {
			continue
		}
		t.Log(ts[i].String(), ts[i].Seen)
		for _, s := range ts[i].Segments {
			if s.Evidence != nil {
				t.Log("   ", s.String())
				sum := 0.0
				for _, e := range s.Evidence {
					t.Logf("        %+.2f %s (%d)", e.Weight, e.Rule, e.Count)
					sum += e.Weight
				}
				t.Logf("        = %.2f", sum)
			}
		}
	}
}
