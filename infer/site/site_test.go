package site

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/varint"
)

// noFacts is a payload without facts.
type noFacts struct{ route.Payload }

// counted is a payload that counts its exchanges. It cannot be encoded if broken is set.
type counted struct {
	n      uint64
	broken bool
}

func (c *counted) Merge(o route.Payload) { c.n += o.(*counted).n }
func (c *counted) Settle()               {}
func (c *counted) AppendBinary(b []byte) ([]byte, error) {
	if c.broken {
		return nil, errors.New("broken")
	}
	return varint.Uint(b, c.n), nil
}

func countedPayloads() *Payloads {
	return &Payloads{New: func() route.Payload { return &counted{} }, Decode: func(b []byte) (route.Payload, error) {
		r := varint.NewReader(b)
		c := &counted{n: r.Uint()}
		return c, r.End()
	}}
}

// use adds a request to a site in use.
func use(room *Room, s *Site, path string) *counted {
	room.Use(s)
	c := s.Tree.Begin("GET", path, 200).(*counted)
	c.n++
	s.Tree.End("", false, false)
	s.Clients.Add("curl/8", []string{"x-trace"})
	s.Flows++
	return c
}

func encoded(t *testing.T, s *Site) []byte {
	t.Helper()
	return must.Get(s.Append(nil))
}

// TestEncodedSites holds that facts are the same whether a site is encoded or not, and that only as
// many are open as may be.
func TestEncodedSites(t *testing.T) {
	p := countedPayloads()
	room, open := Room{Most: 8}, Room{Most: 1000}
	var few, all [20]*Site
	for i := range all {
		few[i], all[i] = p.Site(), p.Site()
	}
	for round := range 3 {
		for i := range all {
			use(&room, few[i], fmt.Sprint("/a/", i, "/", round))
			use(&open, all[i], fmt.Sprint("/a/", i, "/", round))
			if n := count(few[:]); n > 8 || few[i].Tree == nil {
				t.Fatalf("%d sites are open, the used one is: %v", n, few[i].Tree != nil)
			}
		}
	}
	if n := count(few[:]); n < 7 || count(all[:]) != len(all) {
		t.Errorf("%d and %d sites are open", n, count(all[:]))
	}
	sum, want := p.Site(), p.Site()
	room.Use(sum)
	open.Use(want)
	for i := range all {
		if !bytes.Equal(encoded(t, few[i]), encoded(t, all[i])) {
			t.Errorf("site %d: the encoding differs", i)
		}
		few[i].Excluded["static"]++
		sum.Merge(few[i])
		want.Merge(all[i])
	}
	if !bytes.Equal(encoded(t, sum), encoded(t, want)) || sum.Tree.Len() != 60 || sum.Flows != 60 || sum.Excluded["static"] != 20 {
		t.Errorf("the sums differ: %d exchanges, %d flows, %v", sum.Tree.Len(), sum.Flows, sum.Excluded)
	}
	if v := p.Site().View(); v.Tree.Len() != 0 {
		t.Errorf("a new site has %d exchanges", v.Tree.Len())
	}
}

func count(sites []*Site) (open int) {
	for _, s := range sites {
		if s.Tree != nil {
			open++
		}
	}
	return open
}

// TestSiteThatCannotBeEncoded keeps such a site as it is.
func TestSiteThatCannotBeEncoded(t *testing.T) {
	p := countedPayloads()
	room := Room{Most: 1}
	s, after := p.Site(), p.Site()
	use(&room, s, "/a").broken = true
	use(&room, after, "/a")
	if s.Tree == nil || s.Tree.Len() != 1 {
		t.Error("its facts are lost")
	}
	if _, err := s.Append(nil); err == nil {
		t.Error("it was encoded")
	}
}

// TestRead refuses facts of another version and malformed ones.
func TestRead(t *testing.T) {
	p := countedPayloads()
	s := p.Site()
	use(&Room{}, s, "/a/b")
	b := encoded(t, s)
	c := varint.NewWriter(encodedClients(p.Learned().Clients))
	p.Learned().Passed.Code(c)
	for _, tt := range []struct {
		name string
		b    []byte
		want error
	}{
		{"as written", b, nil}, {"a part", b[:len(b)-1], varint.ErrCorrupt}, {"more", append(slices.Clip(b), 0), varint.ErrCorrupt},
		{"another version", append(slices.Clip(c.Out()), 1, 255), route.ErrVersion}, {"a malformed tree", append(slices.Clip(c.Out()), 2, 8, 1), varint.ErrCorrupt},
	} {
		if err := p.Learned().unmarshal(tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

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
