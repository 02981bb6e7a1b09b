package infer

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/infer/route"
)

// Corrections are a person's decisions. They override all evidence and apply to new traffic as
// well. The zero value corrects nothing.
type Corrections struct {
	// Segments decide whether single path segments are parameters, and the names of these.
	Segments []SegmentCorrection
	// LeaveOut lists patterns of paths that do not belong to the API. "*" matches one segment, "**"
	// at the end any number.
	LeaveOut []string
	// Hosts maps an authority to the authority whose API it belongs to.
	Hosts map[string]string
}

// SegmentCorrection corrects the last segment of a path.
type SegmentCorrection struct {
	// Path ends in the segment: "/users/me", "/shops/{shop}". "*" and "{anything}" match any one
	// segment.
	Path string
	// Parameter is whether the segment is a parameter; nil leaves the decision to the evidence.
	Parameter *bool
	// Name is the name of the parameter; "" leaves it to the evidence.
	Name string
}

// routes returns the corrections of segments in the form that the route tree takes.
func (c *Corrections) routes() []route.Correction {
	var out []route.Correction
	for _, s := range c.Segments {
		o := route.Correction{Path: s.Path, Name: s.Name}
		if s.Parameter != nil {
			o.Parameter, o.Literal = *s.Parameter, !*s.Parameter
		}
		out = append(out, o)
	}
	return out
}

// leavesOut reports whether a pattern leaves out a template.
func (c *Corrections) leavesOut(t *route.Template) bool {
	for _, pattern := range c.LeaveOut {
		if matchesPattern(pattern, t) {
			return true
		}
	}
	return false
}

// matchesPattern reports whether a pattern of LeaveOut matches a template.
func matchesPattern(pattern string, t *route.Template) bool {
	segments := splitPath(pattern)
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

// unmatched returns a message for each correction that matches nothing in the traffic.
func (c *Corrections) unmatched(templates []route.Template, m *Model) []string {
	var out []string
	for i := range c.Segments {
		if s := &c.Segments[i]; !s.matchesAny(templates) {
			out = append(out, fmt.Sprintf("segment %s: no captured path matches", s.Path))
		}
	}
	for _, pattern := range c.LeaveOut {
		isUsed := false
		for i := range templates {
			isUsed = isUsed || matchesPattern(pattern, &templates[i])
		}
		if !isUsed {
			out = append(out, fmt.Sprintf("leave out %s: no captured path matches", pattern))
		}
	}
	for _, from := range sortedKeys(c.Hosts) {
		if m.hosts[from] == nil {
			out = append(out, fmt.Sprintf("host %s: no captured flow has this host", from))
		}
	}
	return out
}

// matchesAny reports whether the correction holds in some template.
func (s *SegmentCorrection) matchesAny(templates []route.Template) bool {
	for i := range templates {
		if s.matches(&templates[i]) {
			return true
		}
	}
	return false
}

// matches reports whether the correction holds in a template.
func (s *SegmentCorrection) matches(t *route.Template) bool {
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
