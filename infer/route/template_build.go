package route

import (
	"cmp"
	"slices"
	"strings"
)

// finish names the parameters and adds up the methods of templates that match the same paths.
func (d *decider) finish() []Template {
	byPattern := map[string]int{}
	var out []Template
	d.nameParams()
	for _, x := range d.drafts {
		t := Template{Overflow: x.overflow}
		for _, p := range x.path {
			t.add(Segment{Chunks: d.copyChunks(p), Evidence: p.evidence})
		}
		key := t.pattern()
		if t.Overflow {
			key += "\x00"
		}
		i, ok := byPattern[key]
		if !ok {
			i = len(out)
			byPattern[key] = i
			out = append(out, t)
		}
		d.addMethods(&out[i], &x)
	}
	for i := range out {
		out[i].summarize()
		if text := out[i].pattern(); d.extension != "" && strings.HasSuffix(text, d.extension) {
			out[i].Extension = d.extension
		}
	}
	d.traceProducers(out, byPattern)
	slices.SortFunc(out, func(a, b Template) int {
		return cmp.Or(strings.Compare(a.pattern(), b.pattern()),
			cmp.Compare(boolToInt(a.Overflow), boolToInt(b.Overflow)))
	})
	return out
}

// copyChunks copies the chunks of a level, which occurs in many templates, for one of them.
func (d *decider) copyChunks(p *level) []Chunk {
	parts := slices.Clone(p.chunks)
	for i := range parts {
		if q := parts[i].Param; q != nil {
			own := *q
			own.Fields, own.Evidence = slices.Clone(q.Fields), slices.Clone(q.Evidence)
			parts[i].Param = &own
			d.levelByParam[&own] = p
		}
	}
	return parts
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// addMethods adds the methods of a draft's nodes to a template.
func (d *decider) addMethods(t *Template, x *draft) {
	for _, n := range x.nodes {
		for _, m := range n.methods {
			i, ok := slices.BinarySearchFunc(t.Methods, m.method,
				func(x MethodFacts, k string) int { return strings.Compare(x.Method, k) })
			if !ok {
				t.Methods = slices.Insert(t.Methods, i, MethodFacts{Method: m.method, Payload: d.tree.newPayload(), Refused: true, NotFound: true})
			}
			to := &t.Methods[i]
			to.Payload.Merge(m.payload)
			to.Choices = append(to.Choices, d.choices(t, x, n, m.payload)...)
			to.Refused = to.Refused && d.refusedNodes[n]
			for _, s := range m.statuses {
				to.NotFound = to.NotFound && !isServed(s.status)
				t.Seen += s.count
				to.seen += s.count
			}
			t.trailingSlashes += m.trailingSlashes
			to.trailingSlashes += m.trailingSlashes
		}
	}
}

// maxChoices bounds the values of a parameter that may select what the bodies are.
const maxChoices = 12

// choices returns the values of parameters in the path of a node, of those parameters that have few
// values, all of them words. Values that were always refused do not count.
func (d *decider) choices(t *Template, x *draft, n *node, p Payload) (out []Choice) {
	for i := len(x.path) - 1; i >= 0 && len(t.Segments) == len(x.path); i, n = i-1, d.parents[n] {
		all := x.path[i].members
		if len(all) > 4*maxChoices {
			continue
		}
		all = slices.DeleteFunc(slices.Clone(all), func(c *candidate) bool { return c.refused })
		if len(all) > maxChoices || slices.ContainsFunc(all, func(c *candidate) bool { return !c.ownNode }) {
			continue
		}
		for _, c := range all {
			if slices.Contains(c.nodes, n) {
				at := Template{Segments: t.Segments[:i+1]}
				out = append(out, Choice{at.String(), c.decoded, p})
			}
		}
	}
	return out
}

// summarize computes the fields that follow from the sums.
func (t *Template) summarize() {
	t.TrailingSlash = len(t.Segments) > 0 && 2*t.trailingSlashes > t.Seen
	for i := range t.Methods { // a client with an empty id: DELETE /lists/
		m := &t.Methods[i]
		m.Refused = m.Refused || !t.TrailingSlash && m.NotFound && m.seen > 0 && m.trailingSlashes == m.seen
	}
	t.NotFound = !slices.ContainsFunc(t.Methods, func(m MethodFacts) bool { return !m.NotFound })
	for _, p := range t.Params() {
		p.Seen = t.Seen
	}
}
