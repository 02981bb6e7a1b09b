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
	if end := len(segments) - 1; segments[end] == "**" {
		return matchesSegments(segments[:end], t.Segments)
	}
	return len(segments) == len(t.Segments) && matchesSegments(segments, t.Segments)
}

func splitPath(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// matchesSegment reports whether one segment of a pattern matches a segment of a template.
func matchesSegment(pattern, segment string) bool {
	return isWildcard(pattern) || pattern == segment
}

func isWildcard(pattern string) bool { return pattern == "*" || isBraced(pattern) }

// isBraced reports whether a segment is a parameter, if it is not one of a pattern.
func isBraced(s string) bool { return strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") }

// Unmatched returns the corrections of paths and hosts that match nothing. methods returns the
// methods of a template; hasHost reports whether there are flows of a host.
func (c *Corrections) Unmatched(templates []route.Template, methods func(*route.Template) []string, hasHost func(string) bool) []Misfit {
	var out []Misfit
	for i := range c.Segments {
		s := &c.Segments[i]
		if reason := s.misfit(templates); reason != "" {
			out = append(out, Misfit{s.Key(), reason})
		}
	}
	for i := range c.LeaveOut {
		l := &c.LeaveOut[i]
		isUsed := slices.ContainsFunc(templates, func(t route.Template) bool {
			return l.matches(&t) && (l.Method == "" || slices.Contains(methods(&t), l.Method))
		})
		if !isUsed {
			out = append(out, Misfit{l.Key(), noPath})
		}
	}
	for _, from := range slices.Sorted(maps.Keys(c.Hosts)) {
		if !hasHost(from) {
			out = append(out, Misfit{HostKey(from), "no captured flow has this host"})
		}
	}
	return out
}

const noPath = "no captured path matches"

// isLiteral reports whether the segment is no parameter.
func (s *Segment) isLiteral() bool { return s.Parameter != nil && !*s.Parameter }

// misfit says why the correction does not hold in the templates, or returns "".
func (s *Segment) misfit(templates []route.Template) string {
	segments := splitPath(s.Path)
	end := len(segments) - 1
	pattern, reason := segments[end], noPath
	for i := range templates {
		t := templates[i].Segments
		if len(t) <= end || !matchesSegments(segments[:end], t) {
			continue
		}
		last := t[end].String()
		param := slices.IndexFunc(t[end].Chunks, func(c route.Chunk) bool { return c.Param != nil })
		switch {
		case s.isLiteral() && param >= 0 && isWildcard(pattern):
			return "numbers and the like stay a parameter, since they are counted and not kept: name another value"
		case s.isLiteral() && param < 0 && matchesSegment(pattern, last),
			!s.isLiteral() && param == 0 && len(t[end].Chunks) == 1 && (s.Name == "" || last == "{"+s.Name+"}"):
			reason = ""
		}
	}
	return reason
}

// matchesSegments reports whether each segment of a pattern matches that of a template.
func matchesSegments(pattern []string, t []route.Segment) bool {
	for i, s := range pattern {
		if i >= len(t) || !matchesSegment(s, t[i].String()) {
			return false
		}
	}
	return true
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
	switch {
	case s.isLiteral():
		return !isBraced(last) && matchesSegment(pattern[end], last)
	case s.Name != "":
		return last == "{"+s.Name+"}"
	}
	return isBraced(last) && matchesSegment(pattern[end], last)
}
