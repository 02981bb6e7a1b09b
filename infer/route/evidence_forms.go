package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// programExtensions end the names of programs that a server runs: index.php, service.svc.
var programExtensions = set("php", "aspx", "ashx", "asmx", "svc", "cgi", "jsp", "dll", "cfm", "pl")

// isProgram reports whether a candidate is the name of a program that a path continues behind:
// ocs/v2.php/cloud. A file ends its path.
func (c *candidate) isProgram() bool {
	i := strings.LastIndexByte(c.decoded, '.')
	return c.ownNode && i > 0 && !c.isLeaf && programExtensions[strings.ToLower(c.decoded[i+1:])]
}

// cutAttribute splits a segment that names an attribute before its value: slug:hello-world.
func (c *candidate) cutAttribute() (name string, ok bool) {
	if !c.ownNode || c.isStrong() {
		return "", false
	}
	name, value, ok := strings.Cut(c.decoded, ":")
	return name, ok && value != "" && isName(name) && isDigitless(name)
}

// findKeyed returns the candidates that begin with one attribute and a colon, if identifiers stand
// beside them or two were read or replaced. What was only posted to ends in custom verbs.
func findKeyed(all []*candidate) map[*candidate]bool {
	var by map[string][]*candidate
	ids := false
	for _, c := range all {
		ids = ids || c.isStrong()
		if name, ok := c.cutAttribute(); ok {
			if by == nil {
				by = map[string][]*candidate{}
			}
			by[name] = append(by[name], c)
		}
	}
	out := map[*candidate]bool{}
	for _, keyed := range by {
		served := 0
		for _, c := range keyed {
			served += boolToInt(c.requests == 0 || c.hasMethod("GET") || c.hasMethod("PUT"))
		}
		for _, c := range keyed {
			out[c] = served > 1 || served > 0 && ids
		}
	}
	return out
}

// hasSpace reports whether a space stands in a segment.
func hasSpace(s string) bool { return strings.IndexByte(s, ' ') > 0 }

// findBesideSpaced returns the names that stand beside a name with a space and are used as it is:
// at the end of paths with a common method, or before a common segment. Verbs and common words of
// routes are none, nor are plurals unless both begin with a capital: Project%20List and People. At
// the root, pages have such names.
func (d *decider) findBesideSpaced(parent *level, all []*candidate) map[*candidate]bool {
	if parent.parent == nil {
		return nil
	}
	var spaced []*candidate
	for _, c := range all {
		if c.ownNode && hasSpace(c.decoded) {
			spaced = append(spaced, c)
		}
	}
	if spaced == nil {
		return nil
	}
	out := map[*candidate]bool{}
	for _, c := range all {
		if !c.ownNode || c.isStrong() || commonLiterals[c.decoded] || c.decoded == "" || noun.IsVerb(c.decoded) || isMarkedWord(c.decoded) {
			continue
		}
		for _, o := range spaced {
			if d.isPlural(c) && !(isUpper(c.decoded[0]) && isUpper(o.decoded[0])) {
				continue
			}
			if o != c && (haveCommon(o.nextLabels, c.nextLabels) || o.isLeaf && c.isLeaf && o.hasMethodOf(c)) {
				out[c] = true
			}
		}
	}
	return out
}

// weighForms adds the evidence from names of programs, attributes before values, and spaces.
func (d *decider) weighForms(parent *level, c *candidate, s *siblings) {
	switch {
	case hasSpace(c.decoded) && !c.isStrong() && parent.parent != nil:
		c.addEvidence("contains a space, as no route does", d.weights.Strong, 1)
		c.witness = true
	case c.isProgram():
		c.addEvidence("is the name of a program", d.weights.Part, 1)
	case s.keyed[c]:
		c.addEvidence("stands behind the name of an attribute", d.weights.Attribute+1, int64(len(s.keyed)))
		c.witness = true
	case s.besideSpaced[c]:
		c.addEvidence("is used like a name with a space", d.weights.Attribute, int64(len(s.besideSpaced)))
		c.witness = true
	}
}
