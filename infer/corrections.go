package infer

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/infer/route"
)

// Corrections are what a person knows better than the traffic. They win over evidence and outlive new traffic.
// The zero value corrects nothing.
type Corrections struct {
	// Segments says of single path segments whether they are parameters, and what those are called.
	Segments []Segment
	// LeaveOut lists paths that are not the API's. "*" stands for one segment, a last "**" for any number.
	LeaveOut []string
	// Hosts maps an authority to the one whose API it belongs to.
	Hosts map[string]string
}

// Segment corrects the last segment of a path.
type Segment struct {
	// Path leads to it: "/users/me", "/shops/{shop}". "*" and "{anything}" stand for any one segment.
	Path string
	// Parameter says what the segment is; nil leaves that to the evidence.
	Parameter *bool
	// Name, unless "", is what the parameter is called.
	Name string
}

// routes turns the corrections of segments into those of the route tree.
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

// leavesOut says whether a template is one that a person left out.
func (c *Corrections) leavesOut(t *route.Template) bool {
	for _, pattern := range c.LeaveOut {
		if matchPattern(pattern, t) {
			return true
		}
	}
	return false
}

// matchPattern compares a pattern with the segments of a template.
func matchPattern(pattern string, t *route.Template) bool {
	parts := strings.Split(strings.Trim(pattern, "/"), "/")
	for i, p := range parts {
		if p == "**" && i == len(parts)-1 {
			return true
		}
		if i >= len(t.Segments) || !matchPart(p, t.Segments[i].String()) {
			return false
		}
	}
	return len(parts) == len(t.Segments)
}

func matchPart(pattern, segment string) bool {
	return pattern == "*" || isBraced(pattern) || pattern == segment
}

func isBraced(s string) bool { return strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") }

// unfit lists the corrections that nothing in the traffic answers to.
func (c *Corrections) unfit(ts []route.Template, m *Model) []string {
	var out []string
	for _, s := range c.Segments {
		if !s.fits(ts) {
			out = append(out, fmt.Sprintf("segment %s: no captured path has it so", s.Path))
		}
	}
	for _, pattern := range c.LeaveOut {
		used := false
		for i := range ts {
			used = used || matchPattern(pattern, &ts[i])
		}
		if !used {
			out = append(out, fmt.Sprintf("leave out %s: no captured path is so", pattern))
		}
	}
	for _, from := range sortedKeys(c.Hosts) {
		if m.hosts[from] == nil {
			out = append(out, fmt.Sprintf("host %s: no flow is of it", from))
		}
	}
	return out
}

// fits says whether some template has what the correction asks for.
func (s *Segment) fits(ts []route.Template) bool {
	parts := strings.Split(strings.Trim(s.Path, "/"), "/")
	for i := range ts {
		segs := ts[i].Segments
		if len(segs) < len(parts) {
			continue
		}
		fit := true
		for j, p := range parts[:len(parts)-1] {
			fit = fit && matchPart(p, segs[j].String())
		}
		last := segs[len(parts)-1]
		param := len(last.Chunks) == 1 && last.Chunks[0].Param != nil
		switch p := parts[len(parts)-1]; {
		case !fit:
		case s.Parameter != nil && !*s.Parameter:
			fit = last.String() == p
		default:
			fit = param && (s.Name == "" || last.Chunks[0].Param.Name == s.Name)
		}
		if fit {
			return true
		}
	}
	return false
}
