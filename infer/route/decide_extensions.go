package route

import (
	"maps"
	"slices"
	"strings"
)

// splitExtensions takes out the candidates that are one name with several extensions, such as
// preview.png and preview.jpg below an item. Their extension becomes a parameter.
//
// It skips segments that bodies hold, since those are file names, and mixtures of data and other
// files (widget.json, widget.png), since those are different things. Without a parameter above,
// files stay literals: openapi.json, openapi.yaml.
func (d *decider) splitExtensions(parent *level, all []*candidate) (rest []*candidate, out []group) {
	if !parent.hasParameterAbove() {
		return all, nil
	}
	byStem := map[string][]*candidate{}
	for _, c := range all {
		if stem, ok := d.extensionStem(parent, c); ok {
			byStem[stem] = append(byStem[stem], c)
		}
	}
	rest = all
	for _, stem := range slices.Sorted(maps.Keys(byStem)) {
		members := byStem[stem]
		data := 0
		for _, c := range members {
			if dataExtension(c.decoded) != "" {
				data++
			}
		}
		if len(members) < 2 || data > 0 && data < len(members) {
			continue
		}
		for _, c := range members {
			c.addEvidence("one name with several extensions", 1, int64(len(members)))
		}
		out = append(out, group{members: members, prefix: stem + "."})
		rest = slices.DeleteFunc(slices.Clone(rest), func(c *candidate) bool { return slices.Contains(members, c) })
	}
	return rest, out
}

// extensionStem returns the name before the extension of a segment that has nothing below it and
// occurs in no body.
func (d *decider) extensionStem(parent *level, c *candidate) (stem string, ok bool) {
	if !c.ownNode || !c.isLeaf || d.correction(parent, c) != nil || len(c.echoCounts) > 0 || d.tree.index.wordValues.entries[c.hash] != nil ||
		c.suffix != "" || c.encoded != c.decoded {
		return "", false
	}
	stem, ending, ok := strings.Cut(c.decoded, ".")
	return stem, ok && isName(stem) && len(ending) >= 2 && len(ending) <= 5 && isName(ending)
}
