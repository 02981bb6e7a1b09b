package route

import "github.com/spectap/spectap/infer/noun"

// countLabels counts, over the whole trie, where each label occurs and what it precedes.
func (d *decider) countLabels(n *node) {
	for label, k := range n.children {
		if label == "" || label[0] != sharedMark {
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
	for n, labels := range (&level{nodes: []*node{&t.root}}).below {
		if len(n.methods) > 0 {
			paths++
			with[dataExtension(nameOf(labels[len(labels)-1]))]++
		}
	}
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
