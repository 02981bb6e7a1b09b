package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// nameTimes is how much less the value of a field that names things says than that of one that
// identifies them.
const nameTimes = .3

// fieldValue finds the value of a field that identifies or names things.
func (q *question) fieldValue() finding {
	switch v := q.tree.index.wordValues.entries[q.c.hash]; {
	case v == nil:
		return finding{}
	case v.classes&classIDField != 0 && !q.parent.isVersion: // a user called as the first word of an API
		return finding{times: 1, explanation: "it is the value of an id field"}
	case v.classes&classNameField != 0 && !q.isListedBeside():
		return finding{times: nameTimes, explanation: "it is the value of a name field"}
	}
	return finding{}
}

// isListedBeside reports whether the answers of a word beside this one hold it. The index of an API
// lists its sections by name, and these are no items of anything.
func (q *question) isListedBeside() bool {
	return slices.ContainsFunc(q.s.compared(), func(o *candidate) bool {
		return o != q.c && o.ownNode && (&level{nodes: o.nodes}).listedClasses(q.c.hash)&classNameField != 0
	})
}

// unheld finds a segment that no answer holds, and that no body holds.
func (q *question) unheld() finding {
	c, f := q.c, finding{}
	share, held := q.echoes()
	if c.responses > 0 && held == 0 && c.pairs == 0 {
		f.times, f.count, f.explanation = min(1, float64(1+c.responses)/4), c.responses, "no answer holds it"
	}
	x := &q.tree.index
	switch v := x.wordValues.entries[c.hash]; {
	case !c.ownNode || v != nil || !x.wordValues.covers(c.hash): // it may occur in bodies
	case len(x.wordValues.entries) == 0 && q.s.hasBelow: // no bodies at all, but paths below are evidence enough
	case share > 0 || c.pairs > 0: // in another spelling, or joined with another
	default:
		f.times++
		f.explanation = "it occurs in no body"
	}
	return f
}

// propertyName finds the name of a property.
func (q *question) propertyName() finding { return found(q.isPropertyName(q.c.decoded)) }

// listedAbove finds an item of the list that the level answers. The document of a service lists its
// resources, which answer with lists themselves.
func (q *question) listedAbove() finding {
	isResource := q.c.listResponses > 0 && q.c.listResponses >= q.c.getBodies && !q.parent.isBelowPlural()
	isListed := !isResource && q.parent.mayListItems() && q.parent.listedClasses(q.c.hash)&(classIDField|classNameField) != 0
	return finding{times: float64(boolToInt(isListed)), witness: isListed}
}

// minEchoShare is the share of the answers that must hold a word to show that it is a value.
const minEchoShare = .3

// echo finds the segment in responses to it and to the segments below it.
func (q *question) echo() finding {
	share, held := q.echoes()
	return finding{times: min(1, share), count: held, witness: share >= minEchoShare}
}

// listedClasses returns the classes of the fields that hold a value in the level's own
// responses.
func (l *level) listedClasses(hash uint64) fieldClass {
	flags := uint32(0)
	for _, n := range l.nodes {
		flags |= n.listed.get(hash)
	}
	return fieldClass(flags)
}

// echoes counts the answers at or below that hold the segment in an identifying field, and returns
// their share.
func (q *question) echoes() (share float64, held int64) {
	c := q.c
	if c.responses == 0 {
		return 0, 0
	}
	for _, name := range c.echoFields {
		if !q.isIdentifyingField(q.parent, name) {
			continue
		}
		held = max(held, c.echoCounts[name])
	}
	return float64(held) / float64(c.responses), held
}

// isIdentifyingField reports whether an echo in a field counts as evidence: the field names things,
// or has the name of the segment above, or its values differ much.
func (d *decider) isIdentifyingField(parent *level, name string) bool {
	base := strings.TrimSuffix(name, "[]")
	tail := fieldTail(base)
	c := classOf(tail, base != name)
	if c&(classIDField|classNameField) != 0 {
		return true
	}
	if parent.literal != "" && !parent.isParameter() &&
		noun.Fold(noun.Singular(tail)) == noun.Fold(noun.Singular(parent.literal)) {
		return true
	}
	if c == classVocabulary {
		return false
	}
	f := d.tree.index.fields.entries[bottomk.Hash(name)]
	return f != nil && float64(f.distinctValues.estimate()) >= 0.3*float64(f.values)
}

// mayListItems reports whether the level's own responses may list the items below it. The responses
// of the root of an API or a service list the names of its resources: /api/v1 of Kubernetes, the
// service documents of OData.
func (l *level) mayListItems() bool { return !l.isVersion && (l.depth > 1 || l.isBelowPlural()) }
