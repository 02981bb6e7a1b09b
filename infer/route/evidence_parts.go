package route

import (
	"strings"

	"github.com/spectap/spectap/infer/english"
	"github.com/spectap/spectap/infer/noun"
)

const (
	// minParts is the least number of names with records of their own.
	minParts = 2
	// minPartsOnce is that number where some records were answered once.
	minPartsOnce = 3
)

// findParts returns the words of a level that are parts of a thing although their answers name
// them: Chassis/7/Thermal answers "Id": "Thermal" and "Fans", and Chassis/7/Power answers "Id":
// "Power" and "PowerControl". Each word was answered at least twice with one record, or there are
// three words, or two after a parameter, and any two of these records have properties of their own.
// The items of a collection share one record.
func findParts(parent *level, all []*candidate) map[*candidate]bool {
	if len(all) > maxComparedSiblings {
		return nil
	}
	var words, often []*candidate
	for _, c := range all {
		switch {
		case c.refused:
		case c.isStrong() && len(c.topProperties) > 0:
			return nil
		case c.isWordLike() && len(c.topProperties) > 1 && c.getBodies > 0:
			if words = append(words, c); c.getBodies > 1 {
				often = append(often, c)
			}
		}
	}
	if out := withOwnRecords(often); len(out) >= minParts {
		return out
	}
	once := minPartsOnce
	if parent.isParameter() { // where things have parts
		once = minParts
	}
	if out := withOwnRecords(words); len(out) >= once {
		return out
	}
	return nil
}

// withOwnRecords returns the words that have one record each, with properties that each of the
// others lacks, if they are two thirds of all.
func withOwnRecords(words []*candidate) map[*candidate]bool {
	out := map[*candidate]bool{}
	for _, c := range words {
		alone := true
		for _, o := range words {
			if o != c {
				shared := countCommon(c.topProperties, o.topProperties)
				alone = alone && shared < len(c.topProperties) && shared < len(o.topProperties)
			}
		}
		if alone && c.commonShape() != 0 {
			out[c] = true
		}
	}
	if 3*len(out) < 2*len(words) {
		return nil
	}
	return out
}

// isAmongCollections reports whether a level directly below the version of the API has two plural
// nouns with something below, or more. What stands beside them is a collection or a service,
// even if its answers name it.
func (d *decider) isAmongCollections(parent *level, all []*candidate) bool {
	if !parent.isVersion || parent.hasParameterAbove() {
		return false
	}
	n := 0
	for _, c := range all {
		n += boolToInt(c.ownNode && c.isWordLike() && !c.isLeaf && noun.IsPlural(c.decoded))
	}
	return n >= 2
}

// weighPart adds the evidence from records of their own and from the place of a name.
func (d *decider) weighPart(parent *level, c *candidate, s *siblings) {
	switch {
	case s.parts[c]:
		c.addEvidence("each name here has a record of its own", d.weights.Part, int64(len(s.parts)))
	case !c.isWordLike() || c.echoShare == 0 || !english.Is(c.decoded):
	case s.amongCollections && len(noun.Words(c.decoded)) > 1:
		c.addEvidence("stands among collections below a version", d.weights.Part, 1)
	}
}

// minQualified is the least number of names that stand between identifiers.
const minQualified = 3

// findQualified returns the names after a parameter that nothing but the same identifiers follow,
// if the answers to these have the same properties whatever the name is, and hardly any other path
// has such answers: range/1/day/2026-01-03/2026-02-12 and range/5/minute/2026-01-03/2026-01-04.
// Subresources have records of their own.
func (d *decider) findQualified(parent *level, all []*candidate) map[*candidate]bool {
	if !parent.isParameter() || len(all) < minParts || len(all) < minQualified && !areFollowedTwice(all) || len(all) > maxComparedSiblings {
		return nil
	}
	out, shape, nodes, named := map[*candidate]bool{}, uint64(0), 0, 0
	for _, c := range all {
		if !c.ownNode || c.isStrong() || c.bodies > 0 || len(c.nextLabels) == 0 || len(c.nextLabels) != len(c.idsBelow) ||
			noun.IsPlural(c.decoded) || noun.IsVerb(c.decoded) {
			return nil
		}
		if _, ok := d.tree.index.propertyNames.entries[lowerHash(c.decoded)]; ok {
			named++
		}
		for _, n := range c.nodes {
			ok := true
			n.eachRecord(func(s uint64) {
				ok, shape = ok && s != 0 && (shape == 0 || s == shape), s
				nodes++
			})
			if !ok {
				return nil
			}
		}
		out[c] = true
	}
	if shape == 0 || 2*named > len(all) || 4*nodes < 3*d.shapeUses[shape] {
		return nil
	}
	return out
}

// eachRecord yields the shapes of the answers to the identifiers below a node, at any depth. The
// shape of answers is 0 where something else stands there.
func (n *node) eachRecord(yield func(shape uint64)) {
	for label, k := range n.children {
		if label == "" || label[0] != sharedMark {
			yield(0)
			continue
		}
		if len(k.topProperties.hashes) > 0 {
			yield(answerShape(k.topProperties.hashes))
		}
		k.eachRecord(yield)
	}
}

// weighQualified adds the evidence from identifiers that have one record whatever they follow.
func (d *decider) weighQualified(c *candidate, s *siblings) {
	if s.qualified[c] {
		c.addEvidence("only identifiers follow the names here, and are answered with one record", d.weights.Types, int64(len(s.qualified)))
		c.witness = true
	}
}

// areFollowedTwice reports whether two identifiers in a row follow each name, which subresources
// seldom have.
func areFollowedTwice(all []*candidate) bool {
	for _, c := range all {
		for _, n := range c.nodes {
			for _, k := range n.children {
				if len(k.children) == 0 || !k.hasMostlyIDsBelow() {
					return false
				}
			}
		}
	}
	return true
}

// findFolders returns the names of a level that are folders: nothing but names with one extension
// is below them, some of which were written or deleted (work/7f1c.ics, personal/a81d.ics).
func findFolders(all []*candidate) map[*candidate]bool {
	out, extension := map[*candidate]bool{}, ""
	written := false
	for _, c := range all {
		if c.isLeaf {
			continue
		}
		for _, n := range c.nodes {
			for label, k := range n.children {
				if k.isRefusedFile() {
					continue
				}
				e := extensionOf(label)
				if e == "" || extension != "" && e != extension {
					return nil
				}
				extension = e
				written = written || k.hasWrites()
			}
		}
		if c.ownNode && !c.isStrong() && !noun.IsPlural(c.decoded) {
			out[c] = true
		}
	}
	if !written || len(out) < minParts {
		return nil
	}
	return out
}

// extensionOf returns the extension of a label that is no format of data, with its dot, or "".
func extensionOf(label string) string {
	if _, _, suffix, ok := parseSharedLabel(label); ok {
		label = "x" + suffix
	}
	i := strings.LastIndexByte(label, '.')
	if i < 1 || len(label)-i < 3 || len(label)-i > 6 || dataExtension(label) != "" {
		return ""
	}
	return label[i:]
}

// isRefusedFile reports whether nothing at a node was served.
func (n *node) isRefusedFile() bool {
	for _, m := range n.methods {
		for _, s := range m.statuses {
			if s.status != 0 && !isRefusal(s.status) {
				return false
			}
		}
	}
	return len(n.children) == 0
}

// hasWrites reports whether a node was written or deleted.
func (n *node) hasWrites() bool {
	for _, m := range n.methods {
		if m.method == "PUT" || m.method == "DELETE" {
			return true
		}
	}
	return false
}

// weighFolder adds the evidence from files below names.
func (d *decider) weighFolder(c *candidate, s *siblings) {
	if s.folders[c] {
		c.addEvidence("is a folder of files with one extension, like its siblings", d.weights.Folder, int64(len(s.folders)))
		c.witness = true
	}
}
