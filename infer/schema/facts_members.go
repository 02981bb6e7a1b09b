package schema

// maxMemberDepth is how deep members are: those of a record in a list in a wrapper.
const maxMemberDepth = maxWrappers + 1

// AddMembers adds the path of a body, with 0, and those of members behind it: a.b is b of the
// object a, or of objects in the list a. Their number is how many different values are known, at
// least, or 0 if an object lacks the member. keep has the names that count. f may be nil.
func (f *Facts) AddMembers(path string, keep map[string]bool, out map[string]int) {
	if f != nil {
		out[path] = 0
		f.root.addMembers(path, 1, keep, out)
	}
}

func (n *valueFacts) addMembers(path string, depth int, keep map[string]bool, out map[string]int) {
	if n.array != nil && n.array.items != nil {
		n.array.items.addMembers(path, depth, keep, out)
	}
	for _, r := range n.objects() {
		for _, p := range r.properties {
			name, v, values := path+"."+p.name.text, &p.facts.values, 1
			switch {
			case !keep[p.name.text]:
				continue
			case p.facts.present < r.objects:
				values = 0
			case v.strings != nil:
				values = max(1, len(v.strings.values.entries))
			case v.numbers.min < v.numbers.max:
				values = 2
			}
			if known, ok := out[name]; ok {
				values = min(values, known)
			}
			if out[name] = values; depth < maxMemberDepth {
				v.addMembers(name, depth+1, keep, out)
			}
		}
	}
}
