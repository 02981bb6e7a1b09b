package days

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"slices"
	"time"
)

// maxSealed is the number of days whose facts are sealed at once: sealing reads and writes values.
const maxSealed = 16

// Sealing is what [Facts.Write] will write.
type Sealing struct {
	parts []*Part
	names []string // of the new values of parts
	old   *Part    // the oldest day, whose facts go to the rest; or nil
	day   Day      // of old
	rest  string   // the name of the new value of the rest, if old is not nil
	all   string   // the name of the new value of all parts
}

// Seal selects facts to be sealed; it returns nil without any. The facts then record the names of
// the values that [Facts.Write] will write. They must be saved first, so that the successor of a
// killed process knows the names.
func (f *Facts) Seal(now time.Time) *Sealing {
	s := &Sealing{}
	var fresh []*Part
	for _, p := range f.list() {
		if p.isFresh() {
			fresh = append(fresh, p)
		}
	}
	slices.SortStableFunc(fresh, func(a, b *Part) int { return a.changed.Compare(b.changed) })
	for i, p := range fresh {
		if len(s.parts) < maxSealed && (now.Sub(p.changed) >= f.cfg.Quiet || len(fresh)-i > maxFresh) {
			s.parts = append(s.parts, p)
		}
	}
	if len(f.parts) > f.cfg.Keep {
		s.day = slices.Min(slices.Collect(maps.Keys(f.parts)))
		s.old = f.parts[s.day]
		s.parts = slices.DeleteFunc(s.parts, func(p *Part) bool { return p == s.old || p == f.rest })
		s.rest = newName()
		f.garbage = append(f.garbage, s.rest)
	}
	if len(s.parts) == 0 && s.old == nil && !f.stale {
		return nil
	}
	for range s.parts {
		s.names = append(s.names, newName())
	}
	s.all = newName()
	f.garbage = append(append(f.garbage, s.names...), s.all)
	return s
}

// newName returns a name that no other value has.
func newName() string {
	b := make([]byte, 12)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Write writes the values of a sealing, and names them in the facts, which count once they are
// saved. No flow may have been added since [Facts.Seal]. After an error the facts are as before.
func (f *Facts) Write(ctx context.Context, v Values, s *Sealing) error {
	added := s.parts // whose fresh facts become sealed
	made := make([]value, len(s.parts))
	var err error
	for i, p := range s.parts {
		if made[i], err = f.save(ctx, v, s.names[i], []value{p.sealed}, []*Part{p}); err != nil {
			return err
		}
	}
	var rest, all value
	if s.old != nil {
		both := []*Part{f.rest, s.old}
		if rest, err = f.save(ctx, v, s.rest, []value{f.rest.sealed, s.old.sealed}, both); err != nil {
			return err
		}
		added = append(slices.Clone(added), both...)
	}
	if all, err = f.save(ctx, v, s.all, f.sealed(), added); err != nil {
		return err
	}
	for i, p := range s.parts {
		f.replace(&p.sealed, made[i])
	}
	f.replace(&f.all, all)
	f.stale = false
	for _, p := range added {
		p.fresh, p.encoded = nil, nil
	}
	if s.old != nil {
		f.replace(&f.rest.sealed, rest)
		f.fold(s)
	}
	return nil
}

// fold adds the facts of the oldest day to those of all older days.
func (f *Facts) fold(s *Sealing) {
	f.replace(&s.old.sealed, value{})
	f.rest.First, f.rest.Last = min(cmp.Or(f.rest.First, s.old.First), s.old.First), max(f.rest.Last, s.old.Last)
	f.rest.Flows += s.old.Flows
	f.restUntil = max(f.restUntil, s.day)
	delete(f.parts, s.day)
}

// save writes the facts of values, and the fresh ones of parts.
func (f *Facts) save(ctx context.Context, v Values, name string, values []value, fresh []*Part) (value, error) {
	m, err := f.merge(ctx, v, values, fresh)
	if err != nil {
		return value{}, err
	}
	data, err := m.AppendBinary(nil)
	if err != nil {
		return value{}, err
	}
	return value{name, uint64(len(data))}, v.Save(ctx, name, data)
}

// replace names another value. The value named before becomes garbage.
func (f *Facts) replace(v *value, by value) {
	f.garbage = slices.DeleteFunc(f.garbage, func(x string) bool { return x == by.name })
	if v.name != "" {
		f.garbage = append(f.garbage, v.name)
	}
	*v = by
}

// Garbage returns the names of values that are unused once the facts are saved as they are.
func (f *Facts) Garbage() []string { return slices.Clone(f.garbage) }

// Removed notes that a value was removed.
func (f *Facts) Removed(name string) {
	f.garbage = slices.DeleteFunc(f.garbage, func(x string) bool { return x == name })
}
