package infer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/route"
)

const (
	// minOwnValues is how many different values there are of members that all bodies for one value
	// of a parameter have and none for another. Optional members of one kind of thing may differ so
	// for two things, but seldom in both directions.
	minOwnValues = 3
	// minSelections is how often a value is seen before it is listed.
	minSelections = 2
)

// selection holds what requests with one value of a parameter send and are answered.
type selection struct {
	seen int64
	// members are those of [schema.Facts.AddMembers], by operation: 7.request.name. 7 means that
	// the operation was called with the value.
	members map[string]int
}

// decideSelectors finds the parameters of paths that select what bodies are, as in PocketBase's
// /api/collections/{collection}/records. All operations below a parameter are evidence. Keys of
// maps are no members, so written has the names in the document.
func decideSelectors(endpoints []*endpoint, written []string) {
	keep := map[string]bool{}
	for _, name := range written {
		keep[name] = true
	}
	selectors := map[string]map[string]*selection{} // by path up to the parameter, and value
	for i, e := range endpoints {
		for _, c := range e.choices {
			if selectors[c.At] == nil {
				selectors[c.At] = map[string]*selection{}
			}
			if selectors[c.At][c.Value] == nil {
				selectors[c.At][c.Value] = &selection{members: map[string]int{}}
			}
			selectors[c.At][c.Value].add(c.Payload.(*methodFacts), strconv.Itoa(i), keep)
		}
	}
	own := map[string][]string{}
	for at, values := range selectors {
		own[at] = ownValues(values)
	}
	for i, e := range endpoints {
		for _, c := range e.choices {
			q := &e.op.Params[strings.Count(c.At, "{")-1]
			name := strings.TrimSuffix(noun.Fold(q.Name), "id")
			if q.Variants == nil && !route.IsPerson(name) && !slices.Contains(people, name) && rules.ClassOf(q.Name) != rules.Personal {
				q.Variants = variantsAt(selectors[c.At], own[c.At], strconv.Itoa(i))
			}
		}
	}
}

// people are further names of parameters that take people, as in GitHub's /repos/{owner}/{repo}.
var people = strings.Fields(`username owner login person`)

// add adds the facts of requests of an operation that were not refused.
func (s *selection) add(m *methodFacts, operation string, keep map[string]bool) {
	s.seen += m.judged()
	s.members[operation] = 0
	for f := range m.request.Values() {
		f.body.AddMembers(operation+".request", keep, s.members)
	}
	for status, r := range m.responses {
		for f := range r.media.Values() {
			if status < 300 {
				f.body.AddMembers(operation+".response", keep, s.members)
			}
		}
	}
}

// without returns the members that o lacks in bodies of operations called with both, and by kind of
// body, how many values are known of those that all such bodies have.
func (s *selection) without(o *selection) (names []string, values map[string]int) {
	values = map[string]int{}
	for name, n := range s.members {
		_, has := o.members[name]
		if _, hasOwner := o.members[name[:max(0, strings.LastIndexByte(name, '.'))]]; !has && hasOwner {
			names = append(names, name)
			parts := strings.SplitN(name, ".", 3)
			values[parts[1]+parts[0]] += n
		}
	}
	return names, values
}

// isUnlike reports whether the bodies of one kind are those of another kind of thing.
func (s *selection) isUnlike(o *selection) bool {
	_, own := s.without(o)
	_, others := o.without(s)
	for body, n := range own {
		if min(n, others[body]) >= minOwnValues {
			return true
		}
	}
	return false
}

// ownValues returns the values whose bodies are unlike those for at least a third of all values, or
// nil if these are not most.
func ownValues(all map[string]*selection) (own []string) {
	for _, v := range sortedKeys(all) {
		unlike := 0
		for _, o := range all {
			if all[v].isUnlike(o) {
				unlike++
			}
		}
		if 3*unlike >= len(all) {
			own = append(own, v)
		}
	}
	if 2*len(own) <= len(all) {
		return nil
	}
	return own
}

// variantsAt lists the own values that an operation was called with. Values that were seen once,
// that redaction would hide, or that may name a person (jane.roe, Jane Roe) are left out.
func variantsAt(all map[string]*selection, own []string, operation string) (out []BodyVariant) {
	for _, value := range own {
		s, v := all[value], BodyVariant{value, []string{}}
		if _, called := s.members[operation]; !called || s.seen < minSelections || strings.ContainsAny(value, ". %") || redact.IsSensitiveAs(rules.Weak, value) {
			continue
		}
		for _, o := range own {
			names, _ := s.without(all[o])
			for _, name := range names {
				if member, ok := strings.CutPrefix(name, operation+"."); ok {
					v.Members = append(v.Members, member)
				}
			}
		}
		slices.Sort(v.Members)
		v.Members = slices.Compact(v.Members)
		out = append(out, v)
	}
	if len(out) < 2 {
		return nil
	}
	return out
}
