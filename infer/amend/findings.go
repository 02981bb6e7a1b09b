package amend

import (
	"cmp"
	"slices"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
	"github.com/spectap/spectap/infer/schema"
)

// Corrected is what findings on corrections are about.
const Corrected = "corrected"

// Findings returns the corrections of an operation and of its components: decisions that no
// evidence supports. d is the result of [Document] with the same corrections. Subjects are places
// as corrections name them, with the names that components have in d.
func Findings(d *infer.Document, c *correction.Corrections, method, path string) (out []infer.Finding) {
	i := slices.IndexFunc(d.Operations, func(o infer.Operation) bool { return o.Method == method && o.Path == path })
	if i < 0 {
		return nil
	}
	add := func(subject, result string) {
		out = append(out, infer.Finding{About: Corrected, Subject: subject, Result: "a person said: " + result})
	}
	prefix := Prefix(d)
	for i := range c.Segments {
		if s := &c.Segments[i]; s.Concerns(path, prefix) {
			add(s.Path, s.Says())
		}
	}
	for i := range c.Operations {
		if o := &c.Operations[i]; o.Method == method && correction.MatchesPath(o.Path, path, prefix) {
			add(o.Method+" "+o.Path, o.Says())
		}
	}
	names := map[string]string{}
	for i := range c.Components {
		if x := &c.Components[i]; x.Name != "" {
			names[x.Of] = x.Name
		}
	}
	used := usedIn(d.Components, d.Operations[i:i+1])
	for i := range c.Components {
		x := &c.Components[i]
		if name := cmp.Or(names[x.Of], x.Of); used[name] {
			add(name, x.Says())
		}
	}
	for i := range c.Values {
		v := c.Values[i]
		if v.At.Component != "" {
			if v.At.Component = cmp.Or(names[v.At.Component], v.At.Component); used[v.At.Component] {
				add(v.At.String(), v.Says())
			}
		} else if v.At.Method == method && correction.MatchesPath(v.At.Path, path, prefix) {
			add(v.At.String(), v.Says())
		}
	}
	return out
}

// usedIn returns the names of the components that operations have, in components as well.
func usedIn(components []schema.Component, operations []infer.Operation) map[string]bool {
	out, all := map[string]bool{}, schema.ByName(components)
	var add func(s *schema.Schema)
	add = func(s *schema.Schema) {
		if s.Ref != "" && !out[s.Ref] {
			out[s.Ref] = true
			all[s.Ref].Walk(add)
		}
	}
	for i := range operations {
		operations[i].EachSchema(func(_ string, s *schema.Schema) { s.Walk(add) })
	}
	return out
}
