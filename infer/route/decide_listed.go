package route

import "github.com/spectap/spectap/infer/bottomk"

// minListed is the least number of paths that lists must hold to be values.
const minListed = 3

// listsSuffixes reports whether the paths below a level are values of one parameter because bodies
// elsewhere hold them, as the list of a bucket holds "Key": "docs/a.txt". It is for paths whose own
// responses have no properties as evidence: files, and resources that are written or deleted.
func (d *decider) listsSuffixes(parent *level) ([]Evidence, bool) {
	longer, held, other := 0, 0, 0
	lengths := map[int]bool{}
	for n, labels := range parent.below {
		switch {
		case len(n.methods) == 0:
		case len(n.topProperties.hashes) > 0:
			other++
		case len(labels) == 1:
			lengths[1] = true
		default:
			longer++
			if !isMarkedWord(labels[0]) && d.isHeld(labels) {
				held++
				lengths[len(labels)] = true
			}
		}
	}
	if held < minListed || 2*held < longer || 4*other > longer || len(lengths) < 2 {
		return nil, false
	}
	return []Evidence{{"lists hold the rest of the path as one value", 4, int64(held)}}, true
}

// isHeld reports whether a body holds a part of a path as the value of a field that identifies.
func (d *decider) isHeld(labels []string) bool {
	b := make([]byte, 0, 64)
	for i, label := range labels {
		if label == "" || label[0] == sharedMark {
			return false
		}
		if i > 0 {
			b = append(b, '/')
		}
		_, plain := normalize(label)
		b = append(b, plain...)
	}
	entries := d.tree.index.idValues.entries
	v := entries[bottomk.Hash(b)]
	if v == nil {
		v = entries[bottomk.Hash(append([]byte{'/'}, b...))] // see Property.fromRoot
	}
	return v != nil && v.classes&^classInRequest != classVocabulary
}
