package route

import "strings"

// Match returns the template for a percent-encoded path, or nil. From the left, literals win over
// parameters; a parameter that spans slashes comes last.
func Match(templates []Template, path string) *Template {
	all, _ := splitPath(path, nil)
	var segments []segment
	for i, s := range all {
		if i > 0 && s.isMatrix() {
			segments[len(segments)-1].encoded += s.encoded
		} else {
			segments = append(segments, s)
		}
	}
	var best *Template
	for i := range templates {
		t := &templates[i]
		if t.matches(segments) && (best == nil || t.outranks(best)) {
			best = t
		}
	}
	return best
}

// isMultiSegment reports whether the last parameter spans slashes.
func (t *Template) isMultiSegment() bool {
	n := len(t.Segments)
	if n == 0 {
		return false
	}
	p := t.Segments[n-1].Chunks
	return len(p) == 1 && p[0].Param != nil && p[0].Param.MultiSegment
}

// matches reports whether the template matches a path.
func (t *Template) matches(segments []segment) bool {
	if len(segments) != len(t.Segments) && !(t.isMultiSegment() && len(segments) > len(t.Segments)) {
		return false
	}
	for i, s := range t.Segments {
		if !s.matches(&segments[i]) {
			return false
		}
	}
	return true
}

// rank orders segments for matching: a literal is 2, a mixed segment 1, a parameter 0.
func (s Segment) rank() int {
	switch {
	case len(s.Chunks) == 1 && s.Chunks[0].Param == nil:
		return 2
	case len(s.Chunks) == 1:
		return 0
	}
	return 1
}

// outranks reports whether t wins over o when both match a path.
func (t *Template) outranks(o *Template) bool {
	if a, b := t.isMultiSegment(), o.isMultiSegment(); a != b {
		return b || len(t.Segments) > len(o.Segments)
	}
	if len(t.Segments) != len(o.Segments) {
		return len(t.Segments) > len(o.Segments)
	}
	for i := range t.Segments {
		if a, b := t.Segments[i].rank(), o.Segments[i].rank(); a != b {
			return a > b
		}
	}
	return false
}

// matches reports whether the chunks match a segment.
func (s Segment) matches(seg *segment) bool {
	if len(s.Chunks) == 1 {
		return s.Chunks[0].Param != nil || s.Chunks[0].Literal == seg.encoded
	}
	return matchChunks(s.Chunks, seg.encoded)
}

// matchChunks reports whether a text consists of the chunks in order. A parameter matches at least
// one byte. Each literal is looked for at its first place, as in patterns with wildcards.
func matchChunks(parts []Chunk, text string) bool {
	afterParam := false
	for i, p := range parts {
		switch at := 0; {
		case p.Param != nil:
			if text == "" {
				return false
			}
			text, afterParam = text[1:], true
			continue
		case !afterParam:
			if !strings.HasPrefix(text, p.Literal) {
				return false
			}
			text = text[len(p.Literal):]
		case i == len(parts)-1:
			return strings.HasSuffix(text, p.Literal)
		default:
			if at = strings.Index(text, p.Literal); at < 0 {
				return false
			}
			text = text[at+len(p.Literal):]
		}
		afterParam = false
	}
	return afterParam || text == ""
}
