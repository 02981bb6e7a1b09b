package overrides

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/correction"
)

// Entry is one correction of a file.
type Entry struct {
	Section string
	Host    string
	Key     string // with Section and Host, names the entry for [Change]
	Says    string // its content, in words
	// Name is that of its misfits, see [correction.Misfit].
	Name string
}

// List returns all corrections, by section.
func List(c *correction.Corrections) (out []Entry) {
	for i := range c.Segments {
		s := &c.Segments[i]
		out = append(out, Entry{segments, s.Host, s.Path, s.Says(), s.Key()})
	}
	for i := range c.LeaveOut {
		l := &c.LeaveOut[i]
		out = append(out, Entry{leaveOut, l.Host, strings.TrimSpace(l.Method + " " + l.Path), "is left out", l.Key()})
	}
	for _, from := range slices.Sorted(maps.Keys(c.Hosts)) {
		out = append(out, Entry{hosts, "", from, "belongs to " + c.Hosts[from], correction.HostKey(from)})
	}
	for i := range c.Operations {
		o := &c.Operations[i]
		out = append(out, Entry{operations, o.Host, o.Method + " " + o.Path, o.Says(), o.Key()})
	}
	for i := range c.Values {
		v := &c.Values[i]
		out = append(out, Entry{values, v.Host, v.At.String(), v.Says(), v.Key()})
	}
	for i := range c.Components {
		x := &c.Components[i]
		out = append(out, Entry{components, x.Host, x.Of, x.Says(), x.Key()})
	}
	for i := range c.APIs {
		a := &c.APIs[i]
		out = append(out, Entry{apis, a.Host, "", a.Says(), a.Key()})
	}
	return out
}

// Resolve returns a change whose component has its name in the file: the inferred one.
func (c Change) Resolve(have *correction.Corrections) Change {
	inferred := func(name string) string {
		for _, x := range have.Components {
			if x.Name == name {
				return x.Of
			}
		}
		return name
	}
	switch c.Section {
	case components:
		c.Key = inferred(c.Key)
		for i, f := range c.Add {
			if list, ok := f.Value.([]string); ok {
				c.Add = slices.Clone(c.Add)
				next := slices.Clone(list)
				for j := range next {
					next[j] = inferred(next[j])
				}
				c.Add[i].Value = next
			}
		}
	case values:
		if p, err := correction.ParsePlace(c.Key); err == nil && p.Component != "" {
			p.Component = inferred(p.Component)
			c.Key = p.String()
		}
	}
	return c
}
