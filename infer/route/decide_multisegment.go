package route

// addMultiSegment makes everything below a level one parameter that spans slashes.
func (d *decider) addMultiSegment(parent *level, all []*candidate, ev []Evidence) {
	v := &level{parent: parent, depth: parent.depth + 1, members: all, param: &Param{MultiSegment: true}}
	v.chunks = []Chunk{{Param: v.param}}
	var walk func(n *node)
	walk = func(n *node) {
		v.nodes = append(v.nodes, n)
		for _, l := range n.labels() {
			walk(n.children[l])
		}
	}
	for _, c := range all {
		for _, n := range c.nodes {
			walk(n)
		}
	}
	d.describeParam(v.param, all)
	v.param.Evidence = append(ev, v.param.Evidence...)
	d.drafts = append(d.drafts, draft{path: v.path(), nodes: v.nodes})
}

// spansSlashes reports whether the path suffixes below a level are values of one parameter.
func (d *decider) spansSlashes(parent *level, all []*candidate) ([]Evidence, bool) {
	if parent.parent == nil {
		return nil, false
	}
	var suffixes bottomK
	for _, n := range parent.nodes {
		suffixes.merge(&n.suffixes, 4*maxSuffixes)
	}
	held, longer, longHeld, previous, files := 0, 0, 0, 0, 0
	lengths := map[uint32]bool{}
	for _, b := range suffixes.flags {
		n := b >> suffixLengthShift
		isHeld := b&(suffixWhole|suffixWithPrevious) != 0
		if n > 1 {
			longer++
		}
		if b&suffixWithPrevious != 0 && n > 1 {
			previous++
		}
		if isHeld {
			held++
			lengths[n] = true
			if n > 1 {
				longHeld++
				if b&suffixInFileField != 0 {
					files++
				}
			}
		}
	}
	// Suffixes of one length are a fixed number of segments, such as owner/repo, unless the literal
	// before belongs to the value or the value is a file path.
	if held < 2 || longHeld < 1 || len(lengths) < 2 && previous < 2 && files < 2 || 2*longHeld < longer {
		return nil, false
	}
	return []Evidence{{"bodies hold the rest of the path as one value", 4, int64(held)}}, true
}
