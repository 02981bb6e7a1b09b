package route

import "github.com/spectap/spectap/infer/noun"

// countLabels counts, over the whole trie, where each label occurs and what it precedes.
func (d *decider) countLabels(n *node) {
	for label, k := range n.children {
		if label != "" && label[0] != sharedMark || label == "" {
			d.labelUses[label]++
			if noun.IsPlural(label) {
				d.singulars[noun.Fold(noun.Singular(label))] = true
			}
			if k.hasMostlyIDsBelow() {
				d.beforeID[label]++
			}
		}
		for _, m := range k.methods {
			d.onlyPosts = d.onlyPosts && (m.method == "POST" || m.method == "OPTIONS")
		}
		d.countLabels(k)
	}
}

// commonExtension returns the data extension that most distinct paths have, or "".
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

// hasMostlyIDsBelow reports whether most children of a node are identifiers.
func (n *node) hasMostlyIDsBelow() bool {
	ids := int64(0)
	for s := shapeInt; s < shapes; s++ {
		if k := n.children[sharedLabel(s, "", "")]; k != nil {
			ids += max(1, k.segmentCount.estimate())
		}
	}
	return ids > 0 && int64(n.ownChildren()) <= 4+2*ids
}
