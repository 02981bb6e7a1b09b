// Package site holds the facts of hosts, and keeps them small for any number of hosts.
//
// The facts of a host with few flows are mostly memory for later flows: 17 KB, of which 1 KB is
// left when they are encoded. So the facts of most hosts that were not used for long are kept
// encoded. A [Room] decides which.
//
// Read site.go first; client.go has the facts of the programs that call a host.
package site

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/internal/varint"
)

// maxOpen is how many sites of a room are not encoded. An eighth of them is encoded at a time.
const maxOpen = 2560

// maxUnused is how many uses of encoded sites an open one may outlast without a use of its own.
// Rarely are as many hosts used in turn.
const maxUnused = 24_000

// Payloads make the payloads of the trees of sites.
type Payloads struct {
	New    func() route.Payload
	Decode func([]byte) (route.Payload, error)
}

// Learned are the facts of a site that take most of its memory.
type Learned struct {
	Tree    *route.Tree
	Clients *Clients
	Passed  *security.Passed
}

// Site holds the facts of one host. Use [Payloads.Site] to make one. Learned is nil while its facts
// are encoded: [Room.Use] decodes them, [Site.View] decodes a copy.
type Site struct {
	Flows    int64
	Excluded map[string]int64 // flows by the reason why they show nothing
	Learned

	payloads *Payloads
	packed   []byte // the encoding of Learned, which is nil meanwhile
	used     uint64 // number of the last use
	opened   uint64 // number of the use that opened it
	missed   uint64 // misses of the room at the last use
}

// Site returns facts that nothing was learned from yet.
func (p *Payloads) Site() *Site { return &Site{Excluded: map[string]int64{}, payloads: p} }

// Learned returns empty facts.
func (p *Payloads) Learned() Learned {
	return Learned{route.New(p.New, p.Decode), NewClients(), &security.Passed{}}
}

// Append appends the encoding. Equal facts give equal bytes.
func (l Learned) Append(b []byte) ([]byte, error) {
	c := varint.NewWriter(b)
	l.Clients.Code(c)
	l.Passed.Code(c)
	return varint.Nested(c.Out(), l.Tree.AppendBinary)
}

// Read replaces the facts of a site in use with those that Append wrote. It returns
// [route.ErrVersion]; r has any other error.
func (l Learned) Read(r *varint.Reader) error {
	c := varint.NewDecoder(r)
	l.Clients.Code(c)
	l.Passed.Code(c)
	tree := r.Bytes()
	if r.Err() != nil {
		return nil
	}
	err := l.Tree.UnmarshalBinary(tree)
	if errors.Is(err, route.ErrVersion) {
		return err
	}
	if err != nil {
		r.Fail()
	}
	return nil
}

// unmarshal replaces the facts with those that b encodes.
func (l Learned) unmarshal(b []byte) error {
	r := varint.NewReader(b)
	if err := l.Read(r); err != nil {
		return err
	}
	return r.End()
}

// View returns the facts for reading only.
func (s *Site) View() Learned {
	if s.Tree != nil {
		return s.Learned
	}
	l := s.payloads.Learned()
	if s.packed != nil {
		if err := l.unmarshal(s.packed); err != nil {
			panic(fmt.Sprintf("site: read what pack has read: %v", err))
		}
	}
	return l
}

// Append appends the encoding of what was learned.
func (s *Site) Append(b []byte) ([]byte, error) {
	if s.packed != nil {
		return append(b, s.packed...), nil
	}
	return s.View().Append(b)
}

// Merge adds the facts of o, which it does not change, to a site in use.
func (s *Site) Merge(o *Site) {
	s.Flows += o.Flows
	for reason, n := range o.Excluded {
		s.Excluded[reason] += n
	}
	theirs := o.View()
	s.Tree.Merge(theirs.Tree)
	s.Clients.Merge(theirs.Clients)
	s.Passed.Merge(theirs.Passed)
}

// pack encodes the facts of a site. If encoding, or decoding the result, fails, the site remains as
// it is.
func (s *Site) pack() {
	b, err := s.Learned.Append(nil)
	if err != nil || s.payloads.Learned().unmarshal(b) != nil {
		return
	}
	s.packed, s.Learned = slices.Clone(b), Learned{} // without spare capacity
}

// Room limits the number of open (decoded) sites. It keeps open the sites that were used last; of
// the others, those that were opened first, unless they were not used for long. If more sites are
// used in turn than may be open, LRU would encode the site that is needed next. The zero value is
// ready.
type Room struct {
	// Most is the number of open sites, 0 for a default.
	Most int

	open   []*Site
	uses   uint64
	misses uint64 // uses of encoded sites
}

// Use makes the facts of a site ready for changes until the next call of Use.
func (r *Room) Use(s *Site) {
	r.uses++
	s.used = r.uses
	s.missed = r.misses
	if s.Tree != nil {
		return
	}
	r.misses++
	s.Learned, s.packed, s.opened = s.View(), nil, r.uses
	r.open = append(r.open, s)
	most := cmp.Or(r.Most, maxOpen)
	if len(r.open) <= most {
		return
	}
	slices.SortFunc(r.open, func(a, b *Site) int { return cmp.Compare(b.used, a.used) })
	slices.SortFunc(r.open[max(most/8, 1):], func(a, b *Site) int {
		return cmp.Or(cmp.Compare(r.isUnused(a), r.isUnused(b)), cmp.Compare(a.opened, b.opened))
	})
	keep := max(most-most/8, 1)
	for _, o := range r.open[keep:] {
		o.pack()
	}
	clear(r.open[keep:])
	r.open = r.open[:keep]
}

// isUnused returns 1 for a site that was not used for long, else 0.
func (r *Room) isUnused(s *Site) int {
	if r.misses-s.missed > maxUnused {
		return 1
	}
	return 0
}
