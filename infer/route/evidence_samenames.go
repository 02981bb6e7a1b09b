package route

import (
	"maps"
	"slices"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/sketch"
)

// sameNames are the least number of names that nouns must have in common below them, and the least
// number of other nouns with these names.
var sameNames = []struct{ names, nouns int }{{3, 2}, {2, 3}}

// namesBelow maps the words below a noun to the shapes of the answers to them and below them.
type namesBelow map[string]hashSet

// collectNames collects, by noun, the words below it that may be names. They are neither plural
// nouns nor verbs.
func (d *decider) collectNames(n *node) {
	for label, k := range n.children {
		if shapeOf(label) == shapeWord && !d.isPluralWord(label) {
			for name, leaf := range k.children {
				if !d.mayRecurAsName(name) {
					continue
				}
				names := d.namesByNoun[label]
				if names == nil {
					names = namesBelow{}
					d.namesByNoun[label] = names
				}
				if names[name] == nil {
					if len(names) == maxComparedSiblings {
						continue
					}
					names[name] = hashSet{}
				}
				addAnswerShapes(names[name], leaf, 0)
			}
		}
		d.collectNames(k)
	}
}

// mayRecurAsName reports whether a label is a word that can be a name below several nouns.
func (d *decider) mayRecurAsName(label string) bool {
	return label != "" && label[0] != sharedMark && shapeOf(label) == shapeWord && !isMarkedWord(label) &&
		!d.isPluralWord(label) && !noun.IsVerb(label) && !commonLiterals[label] && !selectorWords[label]
}

// addAnswerShapes adds the shapes of the answers at a node and below, with their depth.
func addAnswerShapes(to hashSet, n *node, depth int) {
	if s := answerShape(n.topProperties.hashes); s != 0 {
		to[sketch.Pair(s, uint64(depth))] = struct{}{}
	}
	if depth < 2 {
		for _, k := range n.children {
			addAnswerShapes(to, k, depth+1)
		}
	}
}

// withShape returns the names whose answers have a shape.
func (x namesBelow) withShape(shape uint64) map[string]bool {
	out := map[string]bool{}
	for name, shapes := range x {
		if _, ok := shapes[shape]; ok {
			out[name] = true
		}
	}
	return out
}

// shapes returns the shapes of the answers to several names or more, in order.
func (x namesBelow) shapes(least int) []uint64 {
	counts := map[uint64]int{}
	for _, shapes := range x {
		countHashes(counts, shapes)
	}
	maps.DeleteFunc(counts, func(_ uint64, n int) bool { return n < least })
	return slices.Sorted(maps.Keys(counts))
}

// findSameNames returns the names below a noun that also stand below two other nouns, if the
// answers depend on the noun and not on the name: lookup/human and lookup/mouse are answered alike,
// and so are sequence/human and sequence/mouse, but otherwise than lookup.
func (d *decider) findSameNames(parent *level) map[string]bool {
	if parent.parent == nil || parent.isParameter() || parent.isVersion {
		return nil
	}
	out := map[string]bool{}
	for _, least := range sameNames {
		d.addSameNames(out, parent.literal, least.names, least.nouns)
	}
	for name := range d.namesByNoun[parent.literal] {
		if d.vocabulary[name] {
			out[name] = true
		}
	}
	return out
}

// addSameNames adds the names below a noun that also stand below a number of other nouns.
func (d *decider) addSameNames(out map[string]bool, literal string, leastNames, leastNouns int) {
	own := d.namesByNoun[literal]
	for _, shape := range own.shapes(leastNames) {
		names := own.withShape(shape)
		nouns, uses := 0, map[string]int{}
		for other, below := range d.namesByNoun {
			if other == literal {
				continue
			}
			if common := below.commonNames(names, shape, leastNames); len(common) >= leastNames {
				nouns++
				for name := range common {
					uses[name]++
				}
			}
		}
		for name, n := range uses {
			if nouns >= leastNouns && n >= leastNouns {
				out[name] = true
			}
		}
	}
}

// commonNames returns the largest set of the given names with answers of one shape, which is not
// the given one.
func (x namesBelow) commonNames(names map[string]bool, not uint64, least int) map[string]bool {
	var best map[string]bool
	for _, shape := range x.shapes(least) {
		if shape == not {
			continue
		}
		common := x.withShape(shape)
		maps.DeleteFunc(common, func(name string, _ bool) bool { return !names[name] })
		if len(common) > len(best) {
			best = common
		}
	}
	return best
}

// weighSameNames adds the evidence from names that stand below several nouns.
func (d *decider) weighSameNames(c *candidate, s *siblings) {
	if !c.ownNode || !s.sameNames[c.label] {
		return
	}
	c.addEvidence("the same names stand below other nouns, and answers depend on the noun only", d.weights.SameNames, int64(len(s.sameNames)))
	c.witness = true
}

// minVocabularyNouns is the least number of nouns below which a name of a vocabulary stands.
const minVocabularyNouns = 3

// findVocabulary returns the names that stand below three nouns or more, if the answers below a
// noun depend on the noun and not on the name: of two names below one noun, three of four pairs are
// answered alike, below two nouns, and unlike those of the next noun. With few requests, no noun
// has all of the names. Collections, at the beginning of paths, are none: movie and search/movie.
func (d *decider) findVocabulary() map[string]bool {
	nouns := map[string]int{}
	for _, below := range d.namesByNoun {
		for name := range below {
			nouns[name]++
		}
	}
	d.tree.root.eachCollection(func(label string) { delete(nouns, label) })
	alike, unlike, shapes := 0, 0, map[uint64]bool{}
	for _, below := range d.namesByNoun {
		var names []string
		for name := range below {
			if nouns[name] >= minVocabularyNouns && len(below[name]) > 0 {
				names = append(names, name)
			}
		}
		for i, a := range names {
			for _, b := range names[i+1:] {
				if s := commonHash(below[a], below[b]); s != 0 {
					alike++
					shapes[s] = true
				} else {
					unlike++
				}
			}
		}
	}
	if len(shapes) < minVocabularyNouns-1 || 3*unlike > alike {
		return nil
	}
	out := map[string]bool{}
	for name, n := range nouns {
		out[name] = n >= minVocabularyNouns
	}
	return out
}

// eachCollection yields the segments at the beginning of paths and directly below versions.
func (n *node) eachCollection(yield func(label string)) {
	for label, k := range n.children {
		if yield(label); shapeOf(label) == shapeVersion || isDigit((label + "x")[0]) {
			k.eachCollection(yield)
		}
	}
}

// commonHash returns the smallest element that two sets have in common, or 0.
func commonHash(a, b hashSet) uint64 {
	least := uint64(0)
	for h := range a {
		if _, ok := b[h]; ok && (least == 0 || h < least) {
			least = h
		}
	}
	return least
}
