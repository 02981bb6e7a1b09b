package route

import (
	"cmp"
	"slices"
	"strings"
)

// describeParam adds up the facts about a parameter's values.
func (d *decider) describeParam(param *Param, members []*candidate) {
	rules := map[string]*Evidence{}
	var order []string
	fields := map[string]int64{}
	var values hyperLogLog
	for _, c := range members {
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
		if c.ownNode {
			values.put(c.hash, smallRegisters)
		}
		for _, n := range c.nodes {
			values.merge(&n.segmentCount)
		}
		for _, name := range c.echoFields {
			fields[name] += c.echoCounts[name]
		}
	}
	param.Values = values.estimate()
	for _, rule := range order {
		e := *rules[rule]
		e.Weight /= float64(e.Count)
		param.Evidence = append(param.Evidence, e)
	}
	slices.SortStableFunc(param.Evidence, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Rule, b.Rule))
	})
	param.Format = commonFormat(members)
	param.Fields = fieldUses(fields)
}

// commonFormat returns the value of Param.Format for values of one shape. Values that were always
// refused do not count, unless all were: tests send malformed ones.
func commonFormat(members []*candidate) string {
	accepted := slices.DeleteFunc(slices.Clone(members), func(c *candidate) bool { return c.refused })
	if len(accepted) == 0 {
		accepted = members
	}
	if slices.ContainsFunc(accepted, func(c *candidate) bool { return c.shape != accepted[0].shape }) {
		return ""
	}
	return formats[accepted[0].shape]
}

// formats are the formats of parameters, by the shape of their values.
var formats = [shapes]string{shapeInt: "integer", shapeUUID: "uuid", shapeDate: "date", shapeIP: "ip", shapeEmail: "email", shapeHex: "hex"}

// fieldUses lists counts by qualified field, the most frequent first.
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
		return cmp.Or(cmp.Compare(b.Seen, a.Seen), strings.Compare(a.Field, b.Field), strings.Compare(a.Owner, b.Owner))
	})
	return out
}

// valueHashes returns the hashes of a parameter's values. Of identifiers it has a sample.
func (l *level) valueHashes() hashSet {
	seen := hashSet{}
	for _, c := range l.members {
		if c.ownNode {
			seen[c.hash] = struct{}{}
		}
		for _, n := range c.nodes {
			for _, h := range n.segmentSample.hashes {
				seen[h] = struct{}{}
			}
		}
	}
	return seen
}
