package naming

import "slices"

// Conditions under which the first literal of paths is a section such as "admin". Nearly all
// operations are in it, so it does not distinguish them.
const (
	minInSection   = 20
	minShareInside = .8
)

// withoutSection drops the first name of the paths that begin with it if nearly all do and more
// follows it. Paths that would be equal to others keep it.
func withoutSection(paths [][]Segment) [][]Segment {
	section, inside := mainSection(paths)
	if section == "" || inside < minInSection || float64(inside) < minShareInside*float64(len(paths)) {
		return paths
	}
	outside := map[string]bool{}
	for _, p := range paths {
		if at := sectionAt(p); at < 0 || p[at].Literal != section {
			outside[pathKey(p)] = true
		}
	}
	out := make([][]Segment, len(paths))
	for i, p := range paths {
		out[i] = p
		if at := sectionAt(p); at >= 0 && p[at].Literal == section {
			if short := slices.Delete(slices.Clone(p), at, at+1); !outside[pathKey(short)] {
				out[i] = short
			}
		}
	}
	return out
}

// mainSection returns the section that most paths are in, and how many are. Ties go to the first in
// the alphabet.
func mainSection(paths [][]Segment) (section string, inside int) {
	counts := map[string]int{}
	for _, p := range paths {
		if at := sectionAt(p); at >= 0 {
			counts[p[at].Literal]++
		}
	}
	for name, n := range counts {
		if n > inside || n == inside && name < section {
			section, inside = name, n
		}
	}
	return section, inside
}

// sectionAt returns the index of the first literal that is a name if another literal follows it
// and more names do, else -1. A literal before a parameter names what the parameter selects.
func sectionAt(p []Segment) int {
	for i, s := range p {
		switch {
		case s.Literal == "":
			return -1
		case IsVersion(s.Literal) || isAPI(p, i):
		case i+1 < len(p) && p[i+1].Literal != "" && hasName(p[i+1:]):
			return i
		default:
			return -1
		}
	}
	return -1
}
