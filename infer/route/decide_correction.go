package route

import "strings"

// Options adjusts the decisions. The zero value is the default.
type Options struct {
	// Corrections are made by a person and win over evidence.
	Corrections []Correction

	weights *weights // for tests
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
		if !isWildcard(last) && last != c.encoded || !o.matchesAbove(parent, segs[:len(segs)-1]) {
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

// correctedName returns the name that a correction gives a parameter, or "".
func (d *decider) correctedName(p *level) string {
	for i := range d.options.Corrections {
		o := &d.options.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if o.Name != "" && len(segs) == p.depth && isWildcard(segs[len(segs)-1]) &&
			o.matchesAbove(p.parent, segs[:len(segs)-1]) {
			return o.Name
		}
	}
	return ""
}
