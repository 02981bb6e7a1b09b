package route

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// namer names the parameters of all templates.
type namer struct {
	decider       *decider
	style         style
	holders       map[*level][]FieldUse // fields that hold a parameter's values in any body
	fieldNames    map[string]bool       // folded names of fields with scalars
	idFieldNames  map[string]bool       // fields that mostly hold identifiers
	childParam    map[*level]*level     // the parameter directly below another
	hasParamBelow map[*level]bool       // another parameter follows somewhere below
	nameByNoun    map[string]string     // names found through fields, by noun
	paramsByValue map[uint64][]*level   // parameters with fields, by hash of a value
}

// nameParams gives every parameter a name that is unique in its path.
func (d *decider) nameParams() {
	n := &namer{decider: d, holders: map[*level][]FieldUse{}, fieldNames: map[string]bool{},
		idFieldNames: map[string]bool{}, paramsByValue: map[uint64][]*level{},
		childParam: map[*level]*level{}, hasParamBelow: map[*level]bool{},
		nameByNoun: map[string]string{}}
	for _, f := range d.tree.index.fields.entries {
		name := noun.Fold(fieldTail(strings.TrimSuffix(f.name, "[]")))
		n.fieldNames[name] = true
		if 10*f.idLike >= 8*f.values {
			n.idFieldNames[name] = true
		}
	}
	var all []*level
	done := map[*level]bool{}
	for _, x := range d.drafts {
		for i, p := range x.path {
			if p.param != nil && slices.ContainsFunc(x.path[i+1:], func(q *level) bool { return q.param != nil }) {
				n.hasParamBelow[p] = true
			}
			if p.param != nil && i+1 < len(x.path) && x.path[i+1].param != nil && !x.path[i+1].param.MultiSegment && x.path[i+1].ownNoun() == "" {
				n.childParam[p] = x.path[i+1]
			}
			if p.param != nil && !done[p] {
				done[p] = true
				all = append(all, p)
				n.holders[p] = d.holders(p)
				n.dropChance(p)
			}
		}
	}
	n.readStyle(all)
	// Parameters whose values bodies hold come first. Others with the same values get the same
	// names.
	for _, p := range all {
		if len(p.param.Fields) > 0 {
			n.assign(p)
			if noun := p.collectionNoun() + n.nounKind(p); p.collectionNoun() != "" && !p.followsParameter() &&
				(n.nameByNoun[noun] == "" || p.param.Name < n.nameByNoun[noun]) {
				n.nameByNoun[noun] = p.param.Name
			}
			for _, c := range p.members {
				if c.ownNode {
					n.paramsByValue[c.hash] = append(n.paramsByValue[c.hash], p)
				}
			}
		}
	}
	for _, p := range all {
		if len(p.param.Fields) == 0 {
			n.assign(p)
		}
	}
	n.makeUnique(all)
}

// ruleKeyName is the rule about named keys.
const ruleKeyName = "the name of the key"

// assign names one parameter.
func (n *namer) assign(p *level) {
	if len(p.rest) > 0 {
		p.param.Name, p.rest[0].Name = "base", "head"
		p.param.NameRule, p.rest[0].NameRule = "a range", "a range"
		for i := 1; i < len(p.chunks) && p.chunks[0].Literal != ""; i += 2 {
			p.chunks[i].Param.Name, p.chunks[i].Param.NameRule = keyName(p.chunks[i-1].Literal), ruleKeyName
		}
		return
	}
	if p.nameChoices = n.choices(p); len(p.chunks) > 0 && keyName(p.chunks[0].Literal) != "" {
		p.nameChoices = slices.Insert(p.nameChoices, 0, nameChoice{keyName(p.chunks[0].Literal), ruleKeyName})
	}
	p.param.Name, p.param.NameRule = p.nameChoices[0].name, p.nameChoices[0].rule
	if o := n.decider.correctedName(p); o != "" {
		p.nameChoices = []nameChoice{{o, ruleCorrected}}
		p.param.Name, p.param.NameRule = o, ruleCorrected
	}
}

// ruleCorrected is the rule about names that a person chose.
const ruleCorrected = "corrected"

// correctedBelow returns, by level, the folded names that corrections give the parameters below it.
func correctedBelow(all []*level) map[*level]map[string]bool {
	out := map[*level]map[string]bool{}
	for _, p := range all {
		if p.param.NameRule != ruleCorrected {
			continue
		}
		for q := p.parent; q != nil; q = q.parent {
			if out[q] == nil {
				out[q] = map[string]bool{}
			}
			out[q][noun.Fold(p.param.Name)] = true
		}
	}
	return out
}

// makeUnique makes names unique in each path. Of two equal names, the lower parameter takes its
// next choice, unless a correction gave it the name.
func (n *namer) makeUnique(all []*level) {
	corrected := correctedBelow(all)
	for _, p := range all { // parameters above come first
		used := map[string]bool{}
		if p.param.NameRule != ruleCorrected {
			maps.Copy(used, corrected[p])
		}
		for q := p.parent; q != nil; q = q.parent {
			if q.param != nil {
				used[noun.Fold(q.param.Name)] = true
			}
			for _, r := range q.rest {
				used[noun.Fold(r.Name)] = true
			}
		}
		for _, c := range p.nameChoices {
			if p.param.Name = c.name; !used[noun.Fold(c.name)] {
				p.param.NameRule = c.rule
				break
			}
		}
		p.param.Name = unique(p.param.Name, used)
		above := p.param
		for _, r := range p.rest {
			used[noun.Fold(above.Name)] = true
			r.Name = unique(r.Name, used)
			above = r
		}
	}
}

// unique appends a number to a name that is used already.
func unique(name string, used map[string]bool) string {
	for i := 2; used[noun.Fold(name)]; i++ {
		name = strings.TrimRight(name, "0123456789") + strconv.Itoa(i)
	}
	return name
}
