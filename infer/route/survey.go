package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// survey counts, over the whole trie, in how many places a segment stands and what it stands before.
func (d *decider) survey(n *node) {
	for label, k := range n.kids {
		if label != "" && label[0] != mark || label == "" {
			d.contexts[label]++
			if k.beforeIDs() {
				d.beforeID[label]++
				if noun.IsPlural(label) {
					d.nouns[plain(noun.Singular(label))]++
				}
			}
		}
		d.survey(k)
	}
}

// format returns the ending of a data format that most distinct paths have, "" when they have none.
func (t *Tree) format() string {
	paths, with := 0, map[string]int{}
	var walk func(n *node)
	walk = func(n *node) {
		for label, k := range n.kids {
			if len(k.methods) > 0 {
				paths++
				ending := label
				if _, _, suffix, ok := pooled(label); ok {
					ending = "x" + suffix
				}
				with[formatOf(ending)]++
			}
			walk(k)
		}
	}
	walk(&t.root)
	for _, f := range formats {
		if n := with[f]; n >= 4 && 10*n >= 7*paths {
			return f
		}
	}
	return ""
}

// beforeIDs says that what stands below a node are mostly identifiers.
func (n *node) beforeIDs() bool {
	ids := int64(0)
	for s := shapeInt; s < shapes; s++ {
		if k := n.kids[poolLabel(s, "", "")]; k != nil {
			ids += max(1, k.distinct.count())
		}
	}
	return ids > 0 && int64(n.own()) <= 4+2*ids
}

// maxCompared bounds the siblings that a child's paths below are compared with, one by one.
const maxCompared = 48

func (d *decider) siblings(p *place, all []*child) *siblings {
	s := &siblings{all: all, some: all, parents: len(p.nodes)}
	if len(all) > maxCompared {
		s.some = slices.Clone(all)
		slices.SortFunc(s.some, func(a, b *child) int {
			return cmp.Or(cmp.Compare(sketch.Hash(a.label), sketch.Hash(b.label)), strings.Compare(a.label, b.label))
		})
		s.some = s.some[:maxCompared]
	}
	for _, c := range all {
		s.deep = s.deep || !c.leaf
		if c.strong() {
			s.strong = true
		} else {
			s.words++
		}
	}
	for _, n := range p.nodes {
		for _, m := range n.methods {
			s.post = s.post || m.method == "POST"
		}
	}
	s.own = ownFields(all)
	s.foreign = p.quiet()
	s.codes = codes(all)
	seen := map[string]bool{}
	for _, l := range p.links {
		for label := range l.kids {
			if strings.HasPrefix(label, "{") {
				s.templated = true
				continue
			}
			seen[label] = true
		}
	}
	for _, c := range all {
		delete(seen, c.label)
	}
	for label := range seen {
		// URLs whose first segment was never asked for belong to other sites.
		if p.up != nil && (!p.variable() || shapeOf(label) != shapeWord) {
			s.linked++
		}
	}
	return s
}

// ownFields are the properties in which the answers of two children or more, and of half of those that answer, hold each
// its own segment, whatever the properties are called: "kind": "owner" below /links/owner, "template": "welcome" below
// /mails/welcome. Words like type and kind repeat what literals are called, too; there the property must stand
// at the top of the answer, and the segments be no names of collections.
func ownFields(all []*child) map[string]bool {
	answering := 0
	held := map[string]int{}
	for _, c := range all {
		if !c.own || c.strong() || c.answers == 0 {
			continue
		}
		answering++
		for _, name := range c.echoName {
			if 5*c.echo[name] < 4*c.answers {
				continue
			}
			tail := fieldTail(strings.TrimSuffix(name, "[]"))
			if classOf(tail, false)&classBarred != 0 {
				if _, top := c.tops[sketch.Hash(tail)]; !top || noun.IsPlural(c.plain) {
					continue
				}
			}
			held[name]++
		}
	}
	out := map[string]bool{}
	for name, n := range held {
		if n >= 2 && 2*n >= answering {
			out[name] = true
		}
	}
	return out
}
