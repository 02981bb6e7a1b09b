package route

import "strings"

// Policy bends the decisions. The zero value is the default.
type Options struct {
	// Overrides are a person's corrections; they win over evidence.
	Corrections []Correction

	weights *weights // for tests
}

// Override corrects one segment.
type Correction struct {
	// Path leads to the segment, which is its last: /users/* or /users/{id}/me. "*" and {anything} stand for
	// a parameter as well as for any one segment.
	Path string
	// Literal says that the segment is no parameter, Parameter that it is one.
	Literal, Parameter bool
	// Name, unless empty, is what the parameter is called.
	Name string
}

// override finds the person's correction for a child: of several the one with the fewest wildcards.
func (d *decider) correction(parent *mergedNode, c *candidate) *Correction {
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

func isWildcard(s string) bool {
	return s == "*" || strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}")
}

func (o *Correction) matchesAbove(m *mergedNode, segs []string) bool {
	for i := len(segs) - 1; i >= 0; i-- {
		if !isWildcard(segs[i]) && (m.isParameter() || len(m.chunks) != 1 || m.chunks[0].Literal != segs[i]) {
			return false
		}
		m = m.parent
	}
	return true
}

// renamed is the name that a person gave.
func (d *decider) correctedName(p *mergedNode) string {
	for i := range d.options.Corrections {
		o := &d.options.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if o.Name != "" && len(segs) == p.depth && isWildcard(segs[len(segs)-1]) && o.matchesAbove(p.parent, segs[:len(segs)-1]) {
			return o.Name
		}
	}
	return ""
}
