package naming

import "strings"

// Conditions under which a literal is a section of the API and not a tag: it is in so many paths
// that it does not distinguish operations.
const (
	minSectioned    = 20
	minSectionShare = .4
	minTagged       = 3 // operations that a tag below a section has, or they keep the section's
)

// Tags returns a tag for each operation, "" for one without a literal: the first literal of its
// path that is neither a version nor "api". A literal that two of five operations begin with is
// passed over for the next one, if enough operations share that.
func Tags(operations []Operation, v *Vocabulary) []string {
	literals := make([][]string, len(operations))
	for i, o := range operations {
		for k, s := range o.Segments {
			// The segments before a namespace such as Vendor.Product only lead to it, and so do
			// shared ones.
			leads := k+1 < len(o.Segments) && (namespaceWords(o.Segments[k+1].Literal) != nil || s.isShared && !o.isParamAt(k+1))
			if s.Literal != "" && !s.isOwn && !IsVersion(s.Literal) && !strings.EqualFold(s.Literal, "api") && !leads {
				literals[i] = append(literals[i], tagOf(s.Literal, v))
			}
		}
	}
	depth := make([]int, len(operations)) // of the tag among the literals
	for {
		section := ""
		if count, tag := mostFrequent(literals, depth); len(operations) >= minSectioned &&
			float64(count) > minSectionShare*float64(len(operations)) {
			section = tag
		}
		if section == "" || !descend(literals, depth, section) {
			break
		}
	}
	tags := make([]string, len(operations))
	for i, l := range literals {
		if len(l) > 0 {
			tags[i] = l[depth[i]]
		}
	}
	return tags
}

// mostFrequent returns the tag that most operations have now, and their number.
func mostFrequent(literals [][]string, depth []int) (count int, tag string) {
	counts := map[string]int{}
	for i, l := range literals {
		if len(l) > 0 {
			counts[l[depth[i]]]++
		}
	}
	for t, n := range counts {
		if n > count || n == count && t < tag {
			count, tag = n, t
		}
	}
	return count, tag
}

// descend moves the operations with a tag to the next literal, where enough have the same. It
// reports whether it moved any.
func descend(literals [][]string, depth []int, tag string) bool {
	next := map[string]int{}
	has := func(i int) bool { return len(literals[i]) > depth[i]+1 && literals[i][depth[i]] == tag }
	for i := range literals {
		if has(i) {
			next[literals[i][depth[i]+1]]++
		}
	}
	moved := false
	for i := range literals {
		if has(i) && next[literals[i][depth[i]+1]] >= minTagged {
			depth[i]++
			moved = true
		}
	}
	return moved
}

// tagOf writes a literal as a tag, without the verb of a phrase such as getInfo.
func tagOf(literal string, v *Vocabulary) string {
	words := v.Words(literal)
	if len(words) > 1 && (isReadPhrase(literal) || isCamelPhrase(literal)) {
		words = words[1:]
	}
	return strings.Join(words, "-")
}
