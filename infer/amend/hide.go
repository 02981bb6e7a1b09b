package amend

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// Hide returns d without the values for which hides returns true, given the name of their parameter
// or property and their text. An enum that has one becomes an open string. It does not change d.
func Hide(d infer.Document, hides func(name, text string) bool) infer.Document {
	d = cloned(d)
	h := hider{hides: hides, components: schema.ByName(d.Components), seen: map[*schema.Schema]bool{}}
	for _, c := range d.Components {
		h.schema("", c.Schema, false)
	}
	for i := range d.Operations {
		d.Operations[i].EachSchema(func(name string, s *schema.Schema) { h.schema(name, s, false) })
	}
	return d
}

// hider hides values of schemas.
type hider struct {
	hides      func(name, text string) bool
	components map[string]*schema.Schema
	seen       map[*schema.Schema]bool // components all of whose values are hidden
}

// schema hides the values of a schema under a name, all of them below a name that is hidden.
func (h *hider) schema(name string, s *schema.Schema, all bool) {
	if s == nil {
		return
	}
	all = all || name != "" && h.hides(name, "")
	if s.Ref != "" {
		if c := h.components[s.Ref]; all && c != nil && !h.seen[c] {
			h.seen[c] = true
			h.schema(name, c, true)
		}
		return
	}
	isHidden := func(text string) bool { return all || h.hides(name, text) }
	if slices.ContainsFunc(s.Enum, isHidden) {
		s.Enum = nil
	}
	if s.Example != "" && isHidden(s.Example) {
		s.Example = ""
	}
	for i := range s.Properties {
		h.schema(s.Properties[i].Name, s.Properties[i].Schema, all)
	}
	for _, x := range slices.Concat(s.Prefix, s.AnyOf, s.OneOf, []*schema.Schema{s.Additional, s.Items}) {
		h.schema(name, x, all)
	}
}

// HideFindings removes from findings the values for which hides returns true, given the last name
// of their subject and their text; other values are removed by their text.
func HideFindings(all []infer.Finding, hides func(name, text string) bool) []infer.Finding {
	all = slices.Clone(all)
	for i := range all {
		x := &all[i]
		name := strings.TrimSuffix(x.Subject[strings.LastIndexAny(x.Subject, "/ ")+1:], "[]")
		isHidden := func(text string) bool { return hides(name, "") || hides(name, text) }
		if isHidden(x.Result) && strings.HasPrefix(x.Result, "[") {
			x.Result = "hidden values" + x.Result[strings.LastIndexByte(x.Result, ']')+1:]
		}
		x.For, x.Against = hideEvidence(x.For, isHidden), hideEvidence(x.Against, isHidden)
	}
	return all
}

// hideEvidence removes examples of values from evidence.
func hideEvidence(all []infer.Evidence, isHidden func(string) bool) []infer.Evidence {
	all = slices.Clone(all)
	for i := range all {
		if before, examples, ok := strings.Cut(all[i].Text, "such as "); ok && isHidden(examples) {
			all[i].Text = strings.TrimRight(before, " ;:")
		}
	}
	return all
}
