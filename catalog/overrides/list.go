package overrides

import (
	"fmt"
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
	Says    string // what it says, in words
	// Name is that of its misfits, see [correction.Misfit].
	Name string
}

// List returns all corrections, by section.
func List(c *correction.Corrections) (out []Entry) {
	for i := range c.Segments {
		s := &c.Segments[i]
		var says []string
		if s.Parameter != nil {
			says = append(says, map[bool]string{true: "is a parameter", false: "is no parameter"}[*s.Parameter])
		}
		if s.Name != "" {
			says = append(says, "is called "+s.Name)
		}
		out = append(out, Entry{segments, s.Host, s.Path, strings.Join(says, ", "), s.Key()})
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
		out = append(out, Entry{operations, o.Host, o.Method + " " + o.Path, texts("name", o.Name, "summary", o.Summary, "description", o.Description), o.Key()})
	}
	for i := range c.Values {
		v := &c.Values[i]
		out = append(out, Entry{values, v.Host, v.At.String(), saysOf(v), v.Key()})
	}
	for i := range c.Components {
		x := &c.Components[i]
		says := texts("name", x.Name, "merge", strings.Join(x.Merge, ", "), "description", x.Description)
		out = append(out, Entry{components, x.Host, x.Of, says, x.Key()})
	}
	for i := range c.APIs {
		a := &c.APIs[i]
		out = append(out, Entry{apis, a.Host, "", texts("title", a.Title, "description", a.Description), a.Key()})
	}
	return out
}

func saysOf(v *correction.Value) string {
	var says []string
	if v.Required != nil {
		says = append(says, map[bool]string{true: "is required", false: "is optional"}[*v.Required])
	}
	if v.Nullable != nil {
		says = append(says, map[bool]string{true: "may be null", false: "is never null"}[*v.Nullable])
	}
	if v.Open {
		says = append(says, "has other values")
	}
	if v.Enum != nil {
		says = append(says, "is one of "+strings.Join(v.Enum, ", "))
	}
	if t := texts("type", v.Type, "format", v.Format, "component", v.Component, "description", v.Description); t != "" {
		says = append(says, t)
	}
	return strings.Join(says, ", ")
}

// texts returns the pairs whose value is not "".
func texts(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, fmt.Sprintf("%s %s", pairs[i], strings.Join(strings.Fields(pairs[i+1]), " ")))
		}
	}
	return strings.Join(out, ", ")
}

// Resolve returns a change whose component is named as the file names it: as inferred.
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
