package route

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// addMultiSegment makes everything below a level one parameter that spans slashes.
func (d *decider) addMultiSegment(parent *level, all []*candidate, ev []Evidence) {
	v := &level{parent: parent, depth: parent.depth + 1, members: all, param: &Param{MultiSegment: true}}
	v.chunks = []Chunk{{Param: v.param}}
	for _, c := range all {
		for _, n := range c.nodes {
			v.nodes = n.appendAll(v.nodes)
		}
	}
	d.describeParam(v.param, all)
	v.param.Evidence = append(ev, v.param.Evidence...)
	d.drafts = append(d.drafts, draft{path: v.path(), nodes: v.nodes})
}

// rest is the part of a path below a level.
type rest struct {
	labels     []string
	held       bool // a body held it, alone or with the segment before it
	previous   bool // with the segment before it
	file       bool // in a property for file paths
	properties bottomK
}

// spansSlashes reports whether the path suffixes below a level are values of one parameter.
func (d *decider) spansSlashes(parent *level, all []*candidate) ([]Evidence, bool) {
	if parent.parent == nil || d.isCorrectedBelow(parent) {
		return nil, false
	}
	if !d.holdsSuffix(parent) {
		if ev, ok := d.areFiles(parent, all); ok {
			return ev, true
		}
		return d.listsSuffixes(parent)
	}
	rests := parent.rests()
	held, longer, longHeld, previous, files := 0, 0, 0, 0, 0
	lengths := map[int]bool{}
	for _, r := range rests {
		n := len(r.labels)
		if n > 1 {
			longer++
		}
		if !r.held {
			continue
		}
		held++
		lengths[n] = true
		if n > 1 {
			longHeld++
			previous += boolToInt(r.previous)
			files += boolToInt(r.file)
		}
	}
	// Suffixes of one length are a fixed number of segments, such as owner/repo, unless the literal
	// before belongs to the value or the value is a file path.
	if held < 2 || longHeld < 1 || len(lengths) < 2 && previous < 2 && files < 2 || 2*longHeld < longer {
		return nil, false
	}
	if len(all) == 1 && all[0].ownNode && files < 2 && 2*previous < longHeld { // the value begins with a literal, as in refs/heads/main
		return nil, false
	}
	if areNamesOfResources(parent, rests) || differInShape(rests, files > 0) {
		return nil, false
	}
	return []Evidence{{"bodies hold the rest of the path as one value", 4, int64(held)}}, true
}

// holdsSuffix reports whether a body held the path below a level, of two segments or more, as one
// value.
func (d *decider) holdsSuffix(parent *level) bool {
	bit := uint32(1) << uint(min(parent.depth, maxSegments))
	return slices.ContainsFunc(parent.nodes, func(n *node) bool { return d.heldBelow(n)&bit != 0 })
}

// heldBelow returns, as bits, the first segments of all suffixes that bodies held of the paths
// through a node.
func (d *decider) heldBelow(n *node) uint32 {
	if bits, ok := d.heldCache[n]; ok {
		return bits
	}
	bits := n.held.suffix | n.held.withPrevious
	for _, k := range n.children {
		bits |= d.heldBelow(k)
	}
	d.heldCache[n] = bits
	return bits
}

// rests returns the distinct paths below a level that had answers with values, in order.
func (l *level) rests() []*rest {
	byPath := map[string]*rest{}
	bit := uint32(1) << uint(min(l.depth, maxSegments))
	for n, labels := range l.below {
		if n.held.answered && !isMarkedWord(labels[0]) {
			key := strings.Join(labels, "/")
			r := byPath[key]
			if r == nil {
				r = &rest{labels: slices.Clone(labels)}
				byPath[key] = r
			}
			r.held = r.held || (n.held.suffix|n.held.withPrevious)&bit != 0
			r.previous = r.previous || n.held.withPrevious&bit != 0
			r.file = r.file || n.held.inFileField&bit != 0
			r.properties.merge(&n.topProperties, maxTopProperties)
		}
	}
	out := make([]*rest, 0, len(byPath))
	for _, key := range slices.Sorted(maps.Keys(byPath)) {
		out = append(out, byPath[key])
	}
	return out
}

// areNamesOfResources reports whether most of the held paths alternate nouns and identifiers, as in
// projects/p/locations/l: each is the name that a resource has, not the path of a file.
func areNamesOfResources(parent *level, rests []*rest) bool {
	for parity := range 2 {
		nouns, values, items := map[string]bool{}, map[string]bool{}, map[[2]string]bool{}
		long, fitting, plural, endings, alone := 0, 0, 0, 0, 0
		for _, r := range rests {
			labels := r.labels
			if r.previous {
				labels = append([]string{parent.literal}, labels...)
			}
			if !r.held || len(labels) < 2 {
				alone += boolToInt(r.held)
				continue
			}
			long++
			if r.previous && parity == 1 || !alternates(labels, parity) { // the literal before is no identifier
				continue
			}
			fitting++
			for i, label := range labels {
				if i%2 != parity {
					values[label] = true
					continue
				}
				if i > 0 {
					items[[2]string{labels[i-1], label}] = true
				}
				if nouns[label] = true; noun.IsPlural(label) {
					plural++
				}
			}
			if _, ending, ok := strings.Cut(labels[len(labels)-1], "."); ok && isName(ending) && len(ending) <= 5 {
				endings++
			}
		}
		if parity == 0 && 8*alone > fitting { // names that no noun precedes
			continue
		}
		if long > 0 && 5*fitting >= 4*long && 3*endings < fitting &&
			(plural >= fitting || 2*len(nouns) <= len(values) && (parity == 0 || len(items) > len(nouns))) && (parity == 0 || len(values) > 1) {
			return true
		}
	}
	return false
}

// alternates reports whether a path ends in an identifier and has a noun at every position of the
// given parity.
func alternates(labels []string, parity int) bool {
	if len(labels)%2 != parity {
		return false
	}
	for i := parity; i < len(labels); i += 2 {
		label := labels[i]
		if label == "" || label[0] == sharedMark || shapeOf(label) != shapeWord && !isCamel(label) {
			return false
		}
	}
	return true
}

// maxComparedAnswers bounds the answers that are compared with one another.
const maxComparedAnswers = 48

// differInShape reports whether the answers to the held paths have different properties, so that
// the segments passed select kinds of things: those to all paths, or those to paths of one length
// and of another, as to modules and to their parts. Of files (isFile), folders may be the shorter
// paths.
func differInShape(rests []*rest, isFile bool) bool {
	var held []*rest
	for _, r := range rests {
		if r.held && len(r.properties.hashes) > 0 && len(held) < maxComparedAnswers {
			held = append(held, r)
		}
	}
	var all, across meanOf
	for i, a := range held {
		for _, b := range held[:i] {
			shared := 0
			for _, h := range a.properties.hashes {
				if _, ok := slices.BinarySearch(b.properties.hashes, h); ok {
					shared++
				}
			}
			alike := float64(shared) / float64(len(a.properties.hashes)+len(b.properties.hashes)-shared)
			all.add(alike)
			if len(a.labels) != len(b.labels) && !isFile {
				across.add(alike)
			}
		}
	}
	return all.n >= 3 && all.sum < .5*all.n || across.n >= 2 && across.sum < .5*across.n
}

// meanOf is the sum and the number of some values.
type meanOf struct{ sum, n float64 }

func (m *meanOf) add(x float64) { m.sum, m.n = m.sum+x, m.n+1 }
