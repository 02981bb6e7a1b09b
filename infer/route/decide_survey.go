package route

import "github.com/spectap/spectap/infer/noun"

// survey counts, over the whole trie, in how many places a segment stands and what it stands before.
func (d *decider) countLabels(n *node) {
	for label, k := range n.children {
		if label != "" && label[0] != sharedMark || label == "" {
			d.labelUses[label]++
			if k.hasMostlyIDsBelow() {
				d.beforeID[label]++
				if noun.IsPlural(label) {
					d.collectionItems[foldName(noun.Singular(label))]++
				}
			}
		}
		d.countLabels(k)
	}
}

// format returns the ending of a data format that most distinct paths have, "" when they have none.
func (t *Tree) commonExtension() string {
	paths, with := 0, map[string]int{}
	var walk func(n *node)
	walk = func(n *node) {
		for label, k := range n.children {
			if len(k.methods) > 0 {
				paths++
				ending := label
				if _, _, suffix, ok := parseSharedLabel(label); ok {
					ending = "x" + suffix
				}
				with[dataExtension(ending)]++
			}
			walk(k)
		}
	}
	walk(&t.root)
	for _, f := range dataExtensions {
		if n := with[f]; n >= 4 && 10*n >= 7*paths {
			return f
		}
	}
	return ""
}

// beforeIDs says that what stands below a node are mostly identifiers.
func (n *node) hasMostlyIDsBelow() bool {
	ids := int64(0)
	for s := shapeInt; s < shapes; s++ {
		if k := n.children[sharedLabel(s, "", "")]; k != nil {
			ids += max(1, k.segmentCount.estimate())
		}
	}
	return ids > 0 && int64(n.ownChildren()) <= 4+2*ids
}
