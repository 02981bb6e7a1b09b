package route

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// namer names the parameters of all templates.
type namer struct {
	d      *decider
	style  style
	uses   map[*place][]FieldUse // fields that hold a parameter's values in any body
	fields map[string]bool       // plain names of fields with scalars
	refers map[string]bool       // those that mostly hold identifiers
	below  map[*place]*place     // the parameter right below another
	inner  map[*place]bool       // parameters with another anywhere below
	nouns  map[string]string     // names that bodies gave, by noun
	named  map[uint64][]*place   // by value: parameters that are named by evidence
}

// name gives every parameter its name, unique in its path.
func (d *decider) name() {
	n := &namer{d: d, uses: map[*place][]FieldUse{}, fields: map[string]bool{}, refers: map[string]bool{}, named: map[uint64][]*place{},
		below: map[*place]*place{}, inner: map[*place]bool{}, nouns: map[string]string{}}
	for _, f := range d.t.index.fields.m {
		name := plain(fieldTail(strings.TrimSuffix(f.name, "[]")))
		n.fields[name] = true
		if 10*f.ids >= 8*f.n {
			n.refers[name] = true
		}
	}
	var all []*place
	done := map[*place]bool{}
	for _, x := range d.out {
		for i, p := range x.places {
			if p.param != nil && slices.ContainsFunc(x.places[i+1:], func(q *place) bool { return q.param != nil }) {
				n.inner[p] = true
			}
			if p.param != nil && i+1 < len(x.places) && x.places[i+1].param != nil && !x.places[i+1].param.MultiSegment {
				n.below[p] = x.places[i+1]
			}
			if p.param != nil && !done[p] {
				done[p] = true
				all = append(all, p)
				n.uses[p] = d.holders(p)
			}
		}
	}
	n.readStyle(all)
	// Those whose values bodies hold come first: others with the same values are called like them.
	for _, p := range all {
		if len(p.param.Fields) > 0 {
			n.give(p)
			if noun := p.noun2() + n.kind(p); p.noun2() != "" && !p.up.variable() && (n.nouns[noun] == "" || p.param.Name < n.nouns[noun]) {
				n.nouns[noun] = p.param.Name
			}
			for _, c := range p.members {
				if c.own {
					n.named[c.hash] = append(n.named[c.hash], p)
				}
			}
		}
	}
	for _, p := range all {
		if len(p.param.Fields) == 0 {
			n.give(p)
		}
	}
	n.settle(all)
}

// give names one parameter.
func (n *namer) give(p *place) {
	if p.second != nil {
		p.param.Name, p.second.Name = "base", "head"
		p.param.NameRule, p.second.NameRule = "a range", "a range"
		return
	}
	p.choices = n.candidates(p)
	p.param.Name, p.param.NameRule = p.choices[0].name, p.choices[0].rule
	if o := n.d.renamed(p); o != "" {
		p.choices = []candidate{{o, "corrected"}}
		p.param.Name, p.param.NameRule = o, "corrected"
	}
}

// settle makes names unique in each path: of two that are equal the lower takes its next choice.
func (n *namer) settle(all []*place) {
	for _, p := range all { // a place comes after those above it
		used := map[string]bool{}
		for q := p.up; q != nil; q = q.up {
			if q.param != nil {
				used[plain(q.param.Name)] = true
			}
			if q.second != nil {
				used[plain(q.second.Name)] = true
			}
		}
		for _, c := range p.choices {
			if p.param.Name = c.name; !used[plain(c.name)] {
				p.param.NameRule = c.rule
				break
			}
		}
		p.param.Name = unique(p.param.Name, used)
		if p.second != nil {
			used[plain(p.param.Name)] = true
			p.second.Name = unique(p.second.Name, used)
		}
	}
}

func unique(name string, used map[string]bool) string {
	for i := 2; used[plain(name)]; i++ {
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
	return name
}

// holders counts, by field, the values of a parameter that stood there in any body. Of identifiers it sees a sample.
func (d *decider) holders(p *place) []FieldUse {
	counts := map[string]int64{}
	tally := func(t *thin[*valueFacts], h uint64) {
		if v := t.m[h]; v != nil {
			for _, r := range v.fields {
				if name, ok := d.ranks[r]; ok {
					counts[name]++
				}
			}
		}
	}
	for h := range p.values() {
		tally(&d.t.index.words, h)
		tally(&d.t.index.ids, h)
	}
	return fieldUses(counts)
}

// noun2 is the noun that a parameter is one of: the nearest literal above, or the plural one above a singular. What a
// version follows names the API, not what is in it; what has three digits in a row is somebody's name.
func (p *place) noun2() string {
	version := false
	for q := p.up; q != nil && q.up != nil; q = q.up {
		after := version
		version = q.version
		if q.version || after || q.variable() || q.label == "" || digitsRun(q.label) >= 3 {
			continue
		}
		up := q.up
		if !noun.IsPlural(q.label) && up.up != nil && !up.variable() && !up.version && noun.IsPlural(up.label) {
			return up.label
		}
		return q.label
	}
	return ""
}
