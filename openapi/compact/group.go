package compact

import (
	"slices"
	"strings"
)

// group is a run of operations of one tag whose paths begin alike. Its line says the beginning
// once.
type group struct {
	line string // "" for an operation on its own
	path string // beginning of all paths, without a "/" at its end
	id   string // the words that "~" replaces in ids, or ""
}

// Limits of groups.
const (
	maxGroup  = 200 // operations
	minShared = 8   // bytes that a shared part of ids saves
)

// shorten returns an id as the operations of the group have it.
func (g *group) shorten(id string) string {
	if g.id == "" || id[0] == '"' {
		return id
	}
	return strings.Replace(id, g.id, "~", 1)
}

// makeGroups divides operations of one tag, in the order of their paths, into groups such that they
// have the fewest bytes.
func makeGroups(ops []*Operation) {
	costs := make([]int, len(ops)+1) // the least bytes of paths up to an operation
	begins := make([]int, len(ops))  // the first operation of the last group then
	for i := range ops {
		path := ops[i].parts.path
		costs[i+1], begins[i] = costs[i]+len(path), i
		sum := len(path)
		prefix := path
		if !ops[i].isGroupable() {
			continue
		}
		for j := i - 1; j >= 0 && i-j < maxGroup && ops[j].isGroupable(); j-- {
			prefix = commonPath(prefix, ops[j].parts.path)
			if prefix == "" {
				break
			}
			sum += len(ops[j].parts.path)
			n := i - j + 1
			if cost := costs[j] + len(prefix) + 1 + sum - n*(len(prefix)-1); cost < costs[i+1] {
				costs[i+1], begins[i] = cost, j
			}
		}
	}
	for end := len(ops); end > 0; {
		begin := begins[end-1]
		setGroup(ops[begin:end])
		end = begin
	}
}

// isGroupable reports whether an operation can be in a group with others.
func (o *Operation) isGroupable() bool {
	return o.parts.prefix == "" && strings.HasPrefix(o.parts.path, "/") && o.parts.callbacks == ""
}

// setGroup makes a group of operations.
func setGroup(ops []*Operation) {
	g := &group{}
	if len(ops) > 1 {
		g.path = ops[0].parts.path
		for _, o := range ops[1:] {
			g.path = commonPath(g.path, o.parts.path)
		}
		g.line = g.path
		if g.id = sharedID(ops); g.id != "" {
			g.line += " ~=" + g.id
		}
	}
	for _, o := range ops {
		o.group = g
	}
}

// commonPath returns the segments that two paths begin with, without a "/" at the end.
func commonPath(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	isEnd := func(s string) bool { return n == len(s) || s[n] == '/' }
	if !isEnd(a) || !isEnd(b) {
		n = strings.LastIndexByte(a[:n], '/')
	}
	return strings.TrimSuffix(a[:max(n, 0)], "/")
}

// sharedID returns the words that save most bytes if "~" replaces them in ids, or "" if they save
// little.
func sharedID(ops []*Operation) string {
	gains := map[string]int{}
	for _, o := range ops {
		id := o.parts.id
		if id == "" || id[0] == '"' {
			continue
		}
		seen := map[string]bool{}
		ends := wordEnds(id)
		for i, begin := range ends {
			for _, end := range ends[i+1:] {
				if s := id[begin:end]; len(s) > 1 && !seen[s] {
					seen[s] = true
					gains[s] += len(s) - 1
				}
			}
		}
	}
	best := ""
	for s, gain := range gains {
		gain -= len(s) + 3
		if most := gains[best] - len(best) - 3; gain >= minShared && (gain > most || gain == most && s < best) {
			best = s
		}
	}
	return best
}

// maxWords bounds the words of an id that are compared with those of others.
const maxWords = 24

// wordEnds returns where the words of an id in camel case, or with separators, begin, and its end.
func wordEnds(id string) []int {
	ends := []int{0}
	for i := 1; i < len(id) && len(ends) < maxWords; i++ {
		isUpper := id[i] >= 'A' && id[i] <= 'Z' && (id[i-1] < 'A' || id[i-1] > 'Z')
		if isUpper || strings.IndexByte("_-./:", id[i-1]) >= 0 {
			ends = append(ends, i)
		}
	}
	return slices.Compact(append(ends, len(id)))
}
