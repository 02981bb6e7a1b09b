package route

import (
	"slices"
	"strings"
)

// Options adjusts the decisions. The zero value is the default.
type Options struct {
	// Corrections are made by a person and win over evidence.
	Corrections []Correction

	weights []float64                      // of reasons, for tests
	observe func(*question, *siblingStats) // sees what the second pass decides, for tests
}

// Correction decides one segment.
type Correction struct {
	// Path ends with the corrected segment: /users/* or /users/{id}/me. "*" and {anything} match a
	// parameter or any one segment.
	Path string
	// Literal makes the segment a literal, Parameter a parameter. If both are false, only Name
	// applies.
	Literal, Parameter bool
	// Name, unless empty, is the name of the parameter.
	Name string
}

// correction returns the correction of a candidate, or nil. If several match, the one with the
// fewest wildcards wins.
func (d *decider) correction(parent *level, c *candidate) *Correction {
	var best *Correction
	least := 0
	for i := range d.options.Corrections {
		o := &d.options.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if len(segs) != parent.depth+1 || !o.Literal && !o.Parameter {
			continue
		}
		last := segs[len(segs)-1]
		if !isWildcard(last) && last != c.encoded && !(o.Literal && c.isOnly(last)) || !o.matchesAbove(parent, segs[:len(segs)-1]) {
			continue
		}
		n := 0
		for _, s := range segs {
			if isWildcard(s) {
				n++
			}
		}
		if best == nil || n < least {
			best, least = o, n
		}
	}
	return best
}

// isOnly reports whether a text is the only segment of a shared node. Such a node keeps hashes.
func (c *candidate) isOnly(encoded string) bool {
	if c.ownNode || c.isOverflow() || c.distinctValues() != 1 {
		return false
	}
	s := parseSegment(encoded, maxSegments, false)
	return s.label == c.label && !slices.ContainsFunc(c.nodes, func(n *node) bool {
		return len(n.segmentSample.hashes) != 1 || n.segmentSample.hashes[0] != s.hash
	})
}

// restoreText gives a shared node of one segment the text that a correction holds, and reports
// whether it did.
func (c *candidate) restoreText(o *Correction) bool {
	last := o.Path[strings.LastIndexByte(strings.TrimRight(o.Path, "/"), '/')+1:]
	last = strings.TrimRight(last, "/")
	if isWildcard(last) || !c.isOnly(last) {
		return false
	}
	c.encoded, c.decoded = normalize(last)
	c.ownNode, c.prefix, c.suffix, c.shape = true, "", "", shapeOdd
	return true
}

// isCorrectedBelow reports whether a correction decides a segment below a level: makes the next one
// a literal, or decides one farther down. Such a segment cannot be part of a value with slashes.
func (d *decider) isCorrectedBelow(parent *level) bool {
	for i := range d.options.Corrections {
		o := &d.options.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		deeper := len(segs) > parent.depth+1
		if (o.Literal || o.Parameter && deeper) && len(segs) > parent.depth && o.matchesAbove(parent, segs[:parent.depth]) {
			return true
		}
	}
	return false
}

// isWildcard reports whether a segment of a correction matches any segment.
func isWildcard(s string) bool {
	return s == "*" || strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}")
}

// matchesAbove reports whether the segments match a level and those above it.
func (o *Correction) matchesAbove(l *level, segs []string) bool {
	for i := len(segs) - 1; i >= 0; i-- {
		if !isWildcard(segs[i]) && (l.isParameter() || len(l.chunks) != 1 || l.chunks[0].Literal != segs[i]) {
			return false
		}
		l = l.parent
	}
	return true
}

// hasMember reports whether a segment is a value of a parameter that keeps its values.
func (l *level) hasMember(encoded string) bool {
	return slices.ContainsFunc(l.members, func(c *candidate) bool { return c.ownNode && c.encoded == encoded })
}

// correctedName returns the name that a correction gives a parameter, or "".
func (d *decider) correctedName(p *level) string {
	for i := range d.options.Corrections {
		o := &d.options.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if o.Name != "" && len(segs) == p.depth && (isWildcard(segs[len(segs)-1]) || o.Parameter && p.hasMember(segs[len(segs)-1])) &&
			o.matchesAbove(p.parent, segs[:len(segs)-1]) {
			return o.Name
		}
	}
	return ""
}
