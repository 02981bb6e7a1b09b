package route

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// followed says that another parameter stands right below that the noun above belongs to, as in repos/{owner}/{repo}: this
// one is never asked for by itself, is not in the list of the noun, and its values are known as something else.
func (n *namer) followed(p *place) bool {
	if p.up == nil || p.up.variable() && p.up.up == nil {
		return false
	}
	if n.below[p] == nil || p.nodesHaveMethods() {
		return false
	}
	if p.has(ruleParentList) {
		return false
	}
	return n.below[p].has(rulePair) || n.ownerWord(p, noun.Words(noun.Singular(p.noun2()))) != "" || n.alike(p) != ""
}

// has says that a rule spoke for one of the values.
func (p *place) has(rule string) bool {
	for _, c := range p.members {
		for _, e := range c.evidence {
			if e.Rule == rule {
				return true
			}
		}
	}
	return false
}

// ownerWord is the property whose object is named by the values: owner in "owner": {"login": …}.
func (n *namer) ownerWord(p *place, base []string) string {
	for _, u := range p.param.Fields {
		if u.Owner != "" && classOf(u.Field, false)&(classID|className) != 0 && plain(u.Owner) != plain(strings.Join(base, "")) {
			return strings.TrimSuffix(u.Owner, "[]")
		}
	}
	for _, u := range p.param.Fields {
		if f := strings.TrimSuffix(u.Field, "[]"); !genericWords[f] && classOf(f, false)&(classID|className|classOther) != 0 {
			return f
		}
	}
	return ""
}

// ownField finds a property called like the noun, or the noun with id, name, …, that holds the values.
func (n *namer) ownField(p *place, base []string) string {
	if len(base) == 0 {
		return ""
	}
	b := plain(strings.Join(base, ""))
	best, bestRank := "", 99
	for _, us := range [][]FieldUse{p.param.Fields, n.uses[p]} {
		for _, u := range us {
			f := strings.TrimSuffix(u.Field, "[]")
			rest, ok := strings.CutPrefix(plain(f), b)
			if !ok || u.Field != f {
				continue
			}
			rank := slices.Index([]string{"", "id", "number", "slug", "key", "uuid", "sha", "name", "code", "handle", "identifier"}, rest)
			if rank >= 0 && rank < bestRank {
				best, bestRank = f, rank
			}
		}
	}
	return best
}

// kind tells parameters of one noun apart: the teams by number and the teams by name.
func (n *namer) kind(p *place) string {
	if n.strong(p) {
		return "\x00"
	}
	return ""
}

// aboveField finds a property called like a literal farther above, such as linode_id for linode/instances/{…}, that
// holds the values.
func (n *namer) aboveField(p *place) string {
	of := p.noun2()
	for q := p.up; q != nil && q.up != nil; q = q.up {
		if q.variable() {
			break
		}
		if q.version || q.label == of {
			continue
		}
		b := plain(noun.Singular(q.label)) + "id"
		for _, u := range n.uses[p] {
			if plain(u.Field) == b {
				return u.Field
			}
		}
	}
	return ""
}

// mainField is the property that holds the segment in most answers to requests with it, of those that tell things apart.
func (n *namer) mainField(p *place) string {
	us := slices.Clone(p.param.Fields)
	if len(us) == 0 && p.param.Format != "integer" && !p.up.variable() && n.below[p] == nil { // small numbers stand anywhere
		for _, u := range n.uses[p] {
			if !strings.HasSuffix(u.Field, "[]") && 5*u.Seen >= 3*int64(len(p.values())) {
				us = append(us, u)
			}
		}
	}
	us = slices.DeleteFunc(us, func(u FieldUse) bool { ws := noun.Words(u.Field); return len(ws) > 1 && roleWords[ws[0]] })
	slices.SortStableFunc(us, func(a, b FieldUse) int {
		return cmp.Or(cmp.Compare(fieldClassRank(a), fieldClassRank(b)), cmp.Compare(b.Seen, a.Seen), cmp.Compare(len(noun.Words(a.Field)), len(noun.Words(b.Field))))
	})
	for _, u := range us {
		if fieldClassRank(u) <= 1 && 2*u.Seen >= us[0].Seen {
			return strings.TrimSuffix(u.Field, "[]")
		}
	}
	for _, u := range us {
		if u.Seen >= 2 && n.d.tells(p.up, u.name()) && isName(u.Field) {
			return u.Field
		}
	}
	return ""
}

func fieldClassRank(u FieldUse) int {
	c := classOf(u.Field, strings.HasSuffix(u.Field, "[]"))
	switch {
	case c&classID != 0:
		return 0
	case c&className != 0:
		return 1
	}
	return 2
}

// strong says that most of the values look like identifiers.
func (n *namer) strong(p *place) bool {
	strong, weak := 0, 0
	for _, c := range p.members {
		if c.strong() {
			strong += 2
		} else {
			weak++
		}
	}
	return strong > weak
}
