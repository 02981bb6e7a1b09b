package route

import (
	"slices"
	"strings"
)

// group is the members of one parameter segment, with what stands round the value.
type group struct {
	members        []*child
	prefix, suffix string
}

// groups splits the values of a place by the literals round them: 12, 12.json and Products(1) are three templates.
func (d *decider) groups(pool []*child) []group {
	if len(pool) == 0 {
		return nil
	}
	by := map[string]*group{}
	var keys []string
	dotted := false // names with dots of their own
	for _, c := range pool {
		dotted = dotted || c.own && strings.Contains(c.plain, ".") && c.suffix == ""
	}
	for _, c := range pool {
		prefix, suffix := c.prefix, c.suffix
		if dotted && prefix == "" && strings.HasPrefix(suffix, ".") {
			suffix = ""
		}
		key := prefix + "\x00" + suffix
		if c.shape == shapeRange {
			key += "\x00"
		}
		g := by[key]
		if g == nil {
			g = &group{prefix: prefix, suffix: suffix}
			by[key] = g
			keys = append(keys, key)
		}
		g.members = append(g.members, c)
	}
	slices.Sort(keys)
	out := make([]group, len(keys))
	for i, k := range keys {
		out[i] = *by[k]
	}
	return out
}

// variablePlace makes the place of a parameter.
func (d *decider) variablePlace(p *place, g group, s *siblings) *place {
	v := &place{up: p, depth: p.depth + 1, members: g.members}
	for _, c := range g.members {
		v.nodes = append(v.nodes, c.nodes...)
		v.links = append(v.links, c.links...)
	}
	own := map[string]bool{}
	for _, c := range g.members {
		own[c.label] = true
	}
	param := &Param{}
	v.param = param
	if g.members[0].shape == shapeRange {
		v.second = &Param{}
		v.parts = []Chunk{{Param: param}, {Literal: g.prefix}, {Param: v.second}}
		d.describe(param, g.members)
		d.describe(v.second, g.members)
		return v
	}
	if g.prefix != "" {
		v.parts = append(v.parts, Chunk{Literal: g.prefix})
	}
	v.parts = append(v.parts, Chunk{Param: param})
	if g.suffix != "" {
		v.parts = append(v.parts, Chunk{Literal: g.suffix})
	}
	d.describe(param, g.members)
	return v
}

// tail makes all that is below a place one parameter that spans slashes.
func (d *decider) tail(p *place, all []*child, ev []Evidence) {
	v := &place{up: p, depth: p.depth + 1, members: all, param: &Param{MultiSegment: true}}
	v.parts = []Chunk{{Param: v.param}}
	var walk func(n *node)
	walk = func(n *node) {
		v.nodes = append(v.nodes, n)
		for _, l := range n.labels() {
			walk(n.kids[l])
		}
	}
	for _, c := range all {
		for _, n := range c.nodes {
			walk(n)
		}
	}
	d.describe(v.param, all)
	v.param.Evidence = append(ev, v.param.Evidence...)
	d.out = append(d.out, decided{places: v.chain(), nodes: v.nodes})
}

// spansSlashes says that the rests of paths below a place are values of one parameter.
func (d *decider) spansSlashes(p *place, all []*child) ([]Evidence, bool) {
	if p.up == nil {
		return nil, false
	}
	var rests sample
	for _, n := range p.nodes {
		rests.merge(&n.rests, 4*maxRests)
	}
	whole, long, longWhole, before, files := 0, 0, 0, 0, 0
	lengths := map[uint32]bool{}
	for _, b := range rests.bits {
		n := b >> restShift
		held := b&(restWhole|restBefore) != 0
		if n > 1 {
			long++
		}
		if b&restBefore != 0 && n > 1 {
			before++
		}
		if held {
			whole++
			lengths[n] = true
			if n > 1 {
				longWhole++
				if b&restFile != 0 {
					files++
				}
			}
		}
	}
	// Rests of one length are a fixed number of segments, as owner/repo, unless the literal before belongs to the value or
	// the value is the path of a file.
	if whole < 2 || longWhole < 1 || len(lengths) < 2 && before < 2 && files < 2 || 2*longWhole < long {
		return nil, false
	}
	return []Evidence{{"the rest of the path stands in bodies as one value", 4, int64(whole)}}, true
}

// describe sums up what is known of a parameter's values.
func (d *decider) describe(param *Param, members []*child) {
	shapes := map[shape]bool{}
	rules := map[string]*Evidence{}
	var order []string
	fields := map[string]int64{}
	var ids counter
	for _, c := range members {
		shapes[c.shape] = true
		for _, e := range c.evidence {
			r := rules[e.Rule]
			if r == nil {
				r = &Evidence{Rule: e.Rule}
				rules[e.Rule] = r
				order = append(order, e.Rule)
			}
			r.Weight += e.Weight
			r.Count++
		}
		if c.own {
			ids.put(c.hash, smallRegisters)
		}
		for _, n := range c.nodes {
			ids.merge(&n.distinct)
		}
		for _, name := range c.echoName {
			fields[name] += c.echo[name]
		}
	}
	param.Values = ids.count()
	for _, rule := range order {
		e := *rules[rule]
		e.Weight /= float64(e.Count)
		param.Evidence = append(param.Evidence, e)
	}
	slices.SortStableFunc(param.Evidence, func(a, b Evidence) int {
		switch {
		case a.Weight != b.Weight && a.Weight > b.Weight:
			return -1
		case a.Weight != b.Weight:
			return 1
		}
		return strings.Compare(a.Rule, b.Rule)
	})
	if len(shapes) == 1 {
		param.Format = members[0].shape.format()
	}
	param.Fields = fieldUses(fields)
}

func (s shape) format() string {
	switch s {
	case shapeInt:
		return "integer"
	case shapeUUID:
		return "uuid"
	case shapeDate:
		return "date"
	case shapeIP:
		return "ip"
	case shapeEmail:
		return "email"
	case shapeHex:
		return "hex"
	}
	return ""
}

func fieldUses(counts map[string]int64) []FieldUse {
	var out []FieldUse
	for name, n := range counts {
		u := FieldUse{Field: name, Seen: n}
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			u.Owner, u.Field = name[:i], name[i+1:]
		}
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b FieldUse) int {
		switch {
		case a.Seen != b.Seen && a.Seen > b.Seen:
			return -1
		case a.Seen != b.Seen:
			return 1
		case a.Field != b.Field:
			return strings.Compare(a.Field, b.Field)
		}
		return strings.Compare(a.Owner, b.Owner)
	})
	return out
}
