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
func (d *decider) override(p *place, c *child) *Correction {
	var best *Correction
	least := 0
	for i := range d.p.Corrections {
		o := &d.p.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if len(segs) != p.depth+1 || !o.Literal && !o.Parameter {
			continue
		}
		last := segs[len(segs)-1]
		if !wild(last) && last != c.text || !o.above(p, segs[:len(segs)-1]) {
			continue
		}
		n := 0
		for _, s := range segs {
			if wild(s) {
				n++
			}
		}
		if best == nil || n < least {
			best, least = o, n
		}
	}
	return best
}

func wild(s string) bool { return s == "*" || strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") }

func (o *Correction) above(p *place, segs []string) bool {
	for i := len(segs) - 1; i >= 0; i-- {
		if !wild(segs[i]) && (p.variable() || len(p.parts) != 1 || p.parts[0].Literal != segs[i]) {
			return false
		}
		p = p.up
	}
	return true
}

// renamed is the name that a person gave.
func (d *decider) renamed(p *place) string {
	for i := range d.p.Corrections {
		o := &d.p.Corrections[i]
		segs := strings.Split(strings.Trim(o.Path, "/"), "/")
		if o.Name != "" && len(segs) == p.depth && wild(segs[len(segs)-1]) && o.above(p.up, segs[:len(segs)-1]) {
			return o.Name
		}
	}
	return ""
}
