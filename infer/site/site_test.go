package site

import (
	"testing"

	"github.com/spectap/spectap/infer/route"
)

// noFacts is a payload without facts.
type noFacts struct{ route.Payload }

// TestSitesInTurn uses more sites in turn than are kept open. A part of them is still open when they
// are used again.
func TestSitesInTurn(t *testing.T) {
	p := &Payloads{New: func() route.Payload { return noFacts{} }, Decode: func([]byte) (route.Payload, error) { return noFacts{}, nil }}
	room := Room{Most: 128} // two thirds
	all := make([]*Site, 192)
	for i := range all {
		all[i] = p.Site()
	}
	const rounds = 20
	uses, open := 0, 0
	for range rounds {
		for _, s := range all {
			if s.Tree != nil {
				open++
			}
			room.Use(s)
			if uses++; s.Tree == nil || len(room.open) > 128 {
				t.Fatalf("the site in use is encoded, or %d are open", len(room.open))
			}
		}
	}
	if share := float64(open) / float64(uses); share < 0.25 {
		t.Errorf("%.2f of the uses found a site open", share)
	}
}

// TestUnusedSites uses few sites after many others, which must not keep their room forever.
func TestUnusedSites(t *testing.T) {
	p := &Payloads{New: func() route.Payload { return noFacts{} }, Decode: func([]byte) (route.Payload, error) { return noFacts{}, nil }}
	room := Room{Most: 8}
	for range 8 {
		room.Use(p.Site())
	}
	few := make([]*Site, 6)
	for i := range few {
		few[i] = p.Site()
	}
	for range maxUnused/len(few) + 2 {
		for _, s := range few {
			room.Use(s)
		}
	}
	for i, s := range few {
		if s.Tree == nil {
			t.Errorf("site %d is encoded, though others were not used for long", i)
		}
	}
}
