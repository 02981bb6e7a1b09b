package route

import (
	"maps"
	"slices"
	"strings"
)

// endings takes out of the segments of a place those that are one name with several endings, as preview.png and
// preview.jpg below an item: the ending is a parameter. No body may hold such a segment: it would be the name of a file.
// Data and pictures of one name (widget.json, widget.png) are unlike things. Above all parameters files are what they are: openapi.json, openapi.yaml.
func (d *decider) splitExtensions(parent *mergedNode, all []*candidate) (rest []*candidate, out []group) {
	if !parent.hasParameterAbove() {
		return all, nil
	}
	by := map[string][]*candidate{}
	for _, c := range all {
		if stem, ok := d.extensionStem(c); ok {
			by[stem] = append(by[stem], c)
		}
	}
	rest = all
	for _, stem := range slices.Sorted(maps.Keys(by)) {
		members := by[stem]
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
			c.addEvidence("one name with several endings", 1, int64(len(members)))
		}
		out = append(out, group{members: members, prefix: stem + "."})
		rest = slices.DeleteFunc(slices.Clone(rest), func(c *candidate) bool { return slices.Contains(members, c) })
	}
	return rest, out
}

// stemOf cuts the ending off a segment that nothing stands below and no body holds.
func (d *decider) extensionStem(c *candidate) (stem string, ok bool) {
	if !c.ownNode || !c.isLeaf || len(c.echoCounts) > 0 || d.tree.index.wordValues.entries[c.hash] != nil || c.suffix != "" || c.encoded != c.decoded {
		return "", false
	}
	stem, ending, ok := strings.Cut(c.decoded, ".")
	return stem, ok && isName(stem) && len(ending) >= 2 && len(ending) <= 5 && isName(ending)
}
