package route

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/bottomk"
)

// signs are the characters that stand before names, as in /@alice and /~alice.
const signs = "@~!$"

// cutSign splits a segment after its sign if letters, digits, dashes and underscores follow.
func cutSign(s string) (sign, name string, ok bool) {
	if len(s) < 2 || strings.IndexByte(signs, s[0]) < 0 {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '_' && c != '-' {
			return "", "", false
		}
	}
	return s[:1], s[1:], true
}

// setSign compares values of bodies with the name after a sign as well. It gives an identifier
// after a sign the label of the shared node, and reports whether the segment is one.
func (s *segment) setSign() bool {
	sign, name, ok := cutSign(s.encoded)
	if !ok {
		return false
	}
	s.stemHash = bottomk.Hash(name)
	core := shapeOf(name)
	if !core.isStrong() {
		core = s.shape
	}
	if !core.isStrong() {
		return false
	}
	s.shape, s.hash, s.stemHash = core, s.stemHash, s.hash
	s.label, s.ownNode = sharedLabel(core, sign, ""), false
	return true
}

// splitSigns separates the sign from the names of a level: @alice and @bob are alice and bob. It
// needs two names, or one that a body holds. Names that bodies hold with their sign are not split.
func (d *decider) splitSigns(all []*candidate) {
	type uses struct{ names, whole, plain int }
	bySign := map[string]*uses{}
	for _, c := range all {
		sign, name, ok := cutSign(c.decoded)
		if !ok || !c.ownNode {
			continue
		}
		u := bySign[sign]
		if u == nil {
			u = &uses{}
			bySign[sign] = u
		}
		u.names++
		u.whole += boolToInt(d.tree.index.wordValues.entries[c.hash] != nil)
		u.plain += boolToInt(d.tree.index.wordValues.entries[bottomk.Hash(name)] != nil)
	}
	for _, c := range all {
		sign, name, ok := cutSign(c.decoded)
		if !ok || !c.ownNode {
			continue
		}
		if u := bySign[sign]; u.whole == 0 && u.names+u.plain > 1 || u.plain > u.whole {
			c.prefix, c.decoded, c.hash = sign, name, bottomk.Hash(name)
		}
	}
}

// splitAssignments separates the names of partitions from their values: country=norway. Identifiers
// behind such names have shared nodes already.
func splitAssignments(all []*candidate) {
	for _, c := range all {
		i := strings.IndexByte(c.decoded, '=')
		if !c.ownNode || c.prefix != "" || i < 1 || i == len(c.decoded)-1 || !strings.HasPrefix(c.encoded, c.decoded[:i+1]) {
			continue
		}
		if isName(c.decoded[:i]) {
			c.prefix, c.decoded = c.decoded[:i+1], c.decoded[i+1:]
			c.hash, c.shape = bottomk.Hash(c.decoded), shapeOf(c.decoded)
		}
	}
}

// splitColons separates the colon behind a name from it, if a colon ends the segment before, too:
// root:/report.docx:/content addresses a file by its path.
func splitColons(parent *level, all []*candidate) {
	if parent.isParameter() || !strings.HasSuffix(parent.literal, ":") {
		return
	}
	for _, c := range all {
		name, ok := strings.CutSuffix(c.decoded, ":")
		if !ok || !c.ownNode || name == "" || c.prefix+c.suffix != "" || !strings.HasSuffix(c.encoded, ":") {
			continue
		}
		c.decoded, c.suffix = name, ":"
		c.hash, c.shape = bottomk.Hash(name), shapeOf(name)
	}
}

// isBetweenColons reports whether the segment is a name between two colons.
func (c *candidate) isBetweenColons() bool { return c.ownNode && c.suffix == ":" }

// isAssigned reports whether the segment is a value behind a name, as in country=norway.
func (c *candidate) isAssigned() bool { return strings.HasSuffix(c.prefix, "=") }

// countSigned counts, by sign, the names that are similar to another name with that sign: their
// answers have one shape, or the same segments stand below. Names of the API have signs, too
// ($metadata, $batch), and differ in both.
func countSigned(all []*candidate) map[string]int64 {
	out := map[string]int64{}
	for _, c := range all {
		if c.ownNode && c.prefix != "" && slices.ContainsFunc(all, func(o *candidate) bool {
			return o != c && o.ownNode && o.prefix == c.prefix && (o.hasAnswersLike(c) || countCommon(o.nextLabels, c.nextLabels) > 0)
		}) {
			out[c.prefix]++
		}
	}
	return out
}

// isAfterSign reports whether similar names have the same sign.
func (q *question) isAfterSign() bool {
	return q.c.ownNode && q.s.signed()[q.c.prefix] > 0 && !commonLiterals[q.c.decoded]
}

// signed finds a name after the same sign as similar names.
func (q *question) signed() finding {
	if !q.isAfterSign() {
		return finding{}
	}
	return counted(q.s.signed()[q.c.prefix])
}

// hasAnswersLike reports whether the answers to two candidates have the same properties, two or
// more.
func (c *candidate) hasAnswersLike(o *candidate) bool {
	n := len(c.topProperties)
	return n > 1 && n == len(o.topProperties) && n == countCommon(c.topProperties, o.topProperties)
}
