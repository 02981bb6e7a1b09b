package correction

import (
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/route"
)

// matches reports whether the pattern matches a template.
func (l *LeaveOut) matches(t *route.Template) bool {
	segments := splitPath(l.Path)
	for i, s := range segments {
		if s == "**" && i == len(segments)-1 {
			return true
		}
		if i >= len(t.Segments) || !matchesSegment(s, t.Segments[i].String()) {
			return false
		}
	}
	return len(segments) == len(t.Segments)
}

func splitPath(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// matchesSegment reports whether one segment of a pattern matches a segment of a template.
func matchesSegment(pattern, segment string) bool {
	isBraced := strings.HasPrefix(pattern, "{") && strings.HasSuffix(pattern, "}")
	return pattern == "*" || isBraced || pattern == segment
}

// Unmatched returns the corrections of paths and hosts that match nothing. methods returns the
// methods of a template; hasHost reports whether there are flows of a host.
func (c *Corrections) Unmatched(templates []route.Template, methods func(*route.Template) []string, hasHost func(string) bool) []Misfit {
	var out []Misfit
	for i := range c.Segments {
		s := &c.Segments[i]
		if !slices.ContainsFunc(templates, func(t route.Template) bool { return s.matches(&t) }) {
			out = append(out, Misfit{s.Key(), "no captured path matches"})
		}
	}
	for i := range c.LeaveOut {
		l := &c.LeaveOut[i]
		isUsed := slices.ContainsFunc(templates, func(t route.Template) bool {
			return l.matches(&t) && (l.Method == "" || slices.Contains(methods(&t), l.Method))
		})
		if !isUsed {
			out = append(out, Misfit{l.Key(), "no captured path matches"})
		}
	}
	for _, from := range slices.Sorted(maps.Keys(c.Hosts)) {
		if !hasHost(from) {
			out = append(out, Misfit{HostKey(from), "no captured flow has this host"})
		}
	}
	return out
}

// matches reports whether the correction holds in a template.
func (s *Segment) matches(t *route.Template) bool {
	segments := splitPath(s.Path)
	end := len(segments) - 1
	if len(t.Segments) < len(segments) {
		return false
	}
	for i, pattern := range segments[:end] {
		if !matchesSegment(pattern, t.Segments[i].String()) {
			return false
		}
	}
	last := t.Segments[end]
	if s.Parameter != nil && !*s.Parameter {
		return last.String() == segments[end]
	}
	isParam := len(last.Chunks) == 1 && last.Chunks[0].Param != nil
	return isParam && (s.Name == "" || last.Chunks[0].Param.Name == s.Name)
}

// Concerns reports whether the segment is one of the path of an operation, below the prefix of the
// servers.
func (s *Segment) Concerns(path, prefix string) bool {
	path, _, _ = strings.Cut(path, "#")
	pattern, segments := splitPath(s.Path), splitPath(prefix+path)
	if len(segments) < len(pattern) {
		return false
	}
	end := len(pattern) - 1
	for i := range end {
		if !matchesSegment(pattern[i], segments[i]) {
			return false
		}
	}
	last := segments[end]
	isParameter := strings.HasPrefix(last, "{") && strings.HasSuffix(last, "}")
	switch {
	case s.Parameter != nil && !*s.Parameter:
		return last == pattern[end] || pattern[end] == "*" && !isParameter
	case s.Name != "":
		return last == "{"+s.Name+"}"
	}
	return isParameter && (pattern[end] == "*" || matchesSegment(pattern[end], last))
}
