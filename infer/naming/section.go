package naming

import "slices"

// Conditions under which the first literal of paths is a section such as "admin". Nearly all
// operations are in it, so it does not distinguish them.
const (
	minInSection   = 20
	minShareInside = .8
)

// withoutSections drops the first name of the paths that begin with it if nearly all do and another
// follows it, and so on with the next one. It only marks the name as shared where a parameter
// follows it, and in paths that would be equal to others but for a version.
func withoutSections(paths [][]Segment) [][]Segment {
	for {
		counts := map[string]int{}
		for _, p := range paths {
			name, _ := section(p)
			counts[name]++
		}
		main := "" // at most one
		for name, n := range counts {
			if name != "" && n >= minInSection && float64(n) >= minShareInside*float64(len(paths)) {
				main = name
			}
		}
		if main == "" {
			return paths
		}
		outside := map[string]bool{}
		for _, p := range paths {
			if name, _ := section(p); name != main {
				outside[pathKey(withoutVersions(p))] = true
			}
		}
		paths = slices.Clone(paths)
		for i, p := range paths {
			name, at := section(p)
			if name != main {
				continue
			}
			paths[i] = slices.Delete(slices.Clone(p), at, at+1)
			if p[at+1].Literal == "" || outside[pathKey(withoutVersions(paths[i]))] {
				paths[i] = slices.Clone(p)
				paths[i][at].isShared = true
			}
		}
	}
}

func withoutVersions(p []Segment) []Segment {
	return slices.DeleteFunc(slices.Clone(p), func(s Segment) bool { return IsVersion(s.Literal) })
}

// section returns the first name of a path that is not marked as shared, with a slash if a
// parameter follows it, and its index. It returns "" if no more names follow.
func section(p []Segment) (name string, at int) {
	for i, s := range p {
		if s.Literal == "" || s.isShared || IsVersion(s.Literal) || isAPI(p, i) {
			continue
		}
		switch {
		case !hasName(p[i+1:]):
			return "", -1
		case p[i+1].Literal == "":
			return s.Literal + "/", i
		}
		return s.Literal, i
	}
	return "", -1
}
