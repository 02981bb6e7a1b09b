package route

import (
	"slices"
	"strings"
)

// group is the members of one parameter with the same literal affixes.
type group struct {
	members        []*candidate
	prefix, suffix string
	isRange        bool // prefix separates two values
}

// groups splits the values of a level by their affixes: 12, 12.json and Products(1) are
// three templates. A text after a colon that is no verb belongs to the value.
func (d *decider) groups(values []*candidate, verbs map[string]bool) []group {
	if len(values) == 0 {
		return nil
	}
	byAffixes := map[string]*group{}
	var keys []string
	dotted := false // some names contain dots
	for _, c := range values {
		dotted = dotted || c.ownNode && strings.Contains(c.decoded, ".") && c.suffix == ""
	}
	ending := d.commonEnding(values)
	for _, c := range values {
		prefix, suffix := c.prefix, c.suffix
		if dotted && prefix == "" && strings.HasPrefix(suffix, ".") {
			suffix = ""
		}
		if _, verb, ok := c.cutVerb(); ok && !c.ownNode && !verbs[verb] {
			suffix = ""
		}
		if ending != "" && c.ownNode && suffix == "" {
			suffix = ending
		}
		isRange := c.shape == shapeRange && !(dotted && prefix == "..")
		if c.shape == shapeRange && !isRange { // D..EUR next to D.USD.EUR leaves a part out
			prefix = ""
		}
		key := prefix + "\x00" + suffix
		if isRange {
			key += "\x00"
		}
		g := byAffixes[key]
		if g == nil {
			g = &group{prefix: prefix, suffix: suffix, isRange: isRange}
			byAffixes[key] = g
			keys = append(keys, key)
		}
		g.members = append(g.members, c)
	}
	slices.Sort(keys)
	out := make([]group, len(keys))
	for i, k := range keys {
		out[i] = *byAffixes[k]
	}
	return out
}

// commonEnding returns the data extension that all names among the values have, if no body holds
// one of them with it: subjects/history.json, subjects/love.json.
func (d *decider) commonEnding(values []*candidate) string {
	ending := ""
	for _, c := range values {
		if !c.ownNode {
			if c.suffix != "" && ending != "" && c.suffix != ending {
				return ""
			}
			continue
		}
		e := dataExtension(c.encoded)
		if e == "" || c.suffix != "" || c.prefix != "" || ending != "" && e != ending || d.tree.index.wordValues.entries[c.hash] != nil {
			return ""
		}
		ending = e
	}
	return ending
}

// parameterLevel makes the level below a parameter.
func (d *decider) parameterLevel(parent *level, g group) *level {
	v := &level{parent: parent, depth: parent.depth + 1, members: g.members}
	for _, c := range g.members {
		v.nodes = append(v.nodes, c.nodes...)
		v.linkNodes = append(v.linkNodes, c.linkNodes...)
	}
	param := &Param{}
	v.param = param
	if g.isRange {
		d.describeParam(param, g.members)
		between := []string{"", g.prefix} // the text before each parameter
		if strings.Contains(g.prefix, keyBreak) {
			between = strings.Split(g.prefix, keyBreak)
		}
		for i, text := range between {
			if i > 0 {
				param = &Param{}
				d.describeParam(param, g.members)
				v.rest = append(v.rest, param)
			}
			if text != "" {
				v.chunks = append(v.chunks, Chunk{Literal: text})
			}
			v.chunks = append(v.chunks, Chunk{Param: param})
		}
		if g.suffix != "" {
			v.chunks = append(v.chunks, Chunk{Literal: g.suffix})
		}
		return v
	}
	if g.prefix != "" {
		v.chunks = append(v.chunks, Chunk{Literal: g.prefix})
	}
	v.chunks = append(v.chunks, Chunk{Param: param})
	if g.suffix != "" {
		v.chunks = append(v.chunks, Chunk{Literal: g.suffix})
	}
	d.describeParam(param, g.members)
	return v
}
