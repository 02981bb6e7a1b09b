package router

import (
	"slices"
	"strings"
)

// search is one walk through the trie.
type search struct {
	method, authority string
	values            []string
	found             *target
	failed            map[state]bool // states that lead to nothing; without them a search can take exponential time
}

// state is a node with the number of segments that are left.
type state struct {
	n    *node
	left int
}

// run searches segment by segment first, then with parameters that match several segments.
func (s *search) run(r *Router, path []string) bool {
	segments := make([]segment, len(path))
	for i, s := range path {
		segments[i] = decodeSegment(s)
	}
	if s.failed = nil; s.walk(r.single, segments) {
		return true
	}
	s.failed = map[state]bool{}
	return s.walk(r.multi, segments)
}

// walk tries the most specific branch first and backtracks if it leads to nothing.
func (s *search) walk(n *node, segs []segment) bool {
	if len(segs) == 0 {
		return s.findTarget(n)
	}
	if s.failed[state{n, len(segs)}] {
		return false
	}
	if next := n.literals[segs[0].decoded]; next != nil && s.walk(next, segs[1:]) {
		return true
	}
	for _, b := range n.patterns {
		mark := len(s.values)
		if values, ok := b.match(segs[0]); ok {
			s.values = append(s.values, values...)
			if s.walk(b.next, segs[1:]) {
				return true
			}
			s.values = s.values[:mark]
		}
		if b.multi && s.span(b, segs) {
			return true
		}
	}
	if s.failed != nil {
		s.failed[state{n, len(segs)}] = true
	}
	return false
}

// span matches one parameter with two segments or more, as few as possible. It refuses empty
// segments, and "." and "..", which servers resolve as steps in a file tree.
func (s *search) span(b *branch, segs []segment) bool {
	mark := len(s.values)
	for n := 1; n <= len(segs); n++ {
		if d := segs[n-1].decoded; d == "" || d == "." || d == ".." {
			return false
		}
		if n == 1 {
			continue
		}
		s.values = append(s.values, "")
		if s.walk(b.next, segs[n:]) {
			raw := make([]string, n)
			for i := range raw {
				raw[i] = segs[i].raw
			}
			s.values[mark] = strings.Join(raw, "/")
			return true
		}
		s.values = s.values[:mark]
	}
	return false
}

// findTarget finds the operation of the request's method and host at the end of a path.
func (s *search) findTarget(n *node) bool {
	for _, t := range n.targets {
		if t.Method == s.method && (s.authority == "" || t.hosts == nil || slices.Contains(t.hosts, s.authority)) {
			s.found = t
			return true
		}
	}
	return false
}

func (s *search) match() (Match, bool) {
	m := s.found.Match
	m.Params = make(map[string]string, len(s.found.params))
	for i, name := range s.found.params {
		switch {
		case i >= len(s.values):
		case name == anyValue:
			m.Prefix = strings.Replace(m.Prefix, anySegment, s.values[i], 1)
		default:
			m.Params[name] = s.values[i]
		}
	}
	return m, true
}
