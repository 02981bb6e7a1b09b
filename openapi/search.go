package openapi

import (
	"slices"
	"strings"
)

// search is one walk through the tree.
type search struct {
	method, authority string
	values            []string
	found             *target
	dead              map[place]bool // where it was and found nothing, so that no document makes it slow
}

type place struct {
	n    *node
	left int
}

// run looks segment by segment first, then with parameters that span several.
func (s *search) run(r *Router, segs []string) bool {
	texts := make([]text, len(segs))
	for i, g := range segs {
		texts[i] = textOf(g)
	}
	if s.dead = nil; s.walk(r.plain, texts) {
		return true
	}
	s.dead = map[place]bool{}
	return s.walk(r.spans, texts)
}

// walk tries the most specific branch first and goes back where it leads nowhere.
func (s *search) walk(n *node, segs []text) bool {
	if len(segs) == 0 {
		return s.arrive(n)
	}
	if s.dead[place{n, len(segs)}] {
		return false
	}
	if next := n.literals[segs[0].decoded]; next != nil && s.walk(next, segs[1:]) {
		return true
	}
	for _, b := range n.patterns {
		mark := len(s.values)
		if values, ok := b.fit(segs[0]); ok {
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
	if s.dead != nil {
		s.dead[place{n, len(segs)}] = true
	}
	return false
}

// span lets one parameter take two segments or more, as few as will do. Empty ones are refused, and so are "." and
// "..", which servers take for a way through the tree.
func (s *search) span(b *branch, segs []text) bool {
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

func (s *search) arrive(n *node) bool {
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
		if i < len(s.values) {
			m.Params[name] = s.values[i]
		}
	}
	return m, true
}
