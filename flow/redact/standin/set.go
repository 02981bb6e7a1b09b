package standin

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
)

// Set has the stand-ins for the placeholders of one flow. It has no secrets. Adding to a nil Set
// has no effect. It is not safe for concurrent use.
type Set map[string]standIn

type standIn struct {
	full     string // for a complete value; "" if the placeholder remains
	part     string // for a part of the authority of a URI, which must not have brackets
	isNumber bool   // of JSON; the placeholder is a string
}

// maxSet bounds the stand-ins of one flow, since some are searched for. Other placeholders remain.
const maxSet = 4096

// Add makes the stand-in of a value with a placeholder. accept is as for [Of].
func (s Set) Add(placeholder, value string, h Hash, accept func(string) bool) {
	if _, known := s[placeholder]; known || s == nil || len(s) >= maxSet {
		return
	}
	full, _ := Of(value, h, accept)
	s[placeholder] = standIn{full: full, part: Word(h)}
}

// AddNumber makes the stand-in of a number in JSON. The placeholder must be one that no string has.
func (s Set) AddNumber(placeholder, value string, h Hash, accept func(string) bool) {
	if _, known := s[placeholder]; known || s == nil || len(s) >= maxSet {
		return
	}
	if out, ok := Digits(value, h, accept); ok {
		s[placeholder] = standIn{full: out, part: out, isNumber: true}
	}
}

// In replaces the placeholders in a text, with escape for values unless it is nil.
func (s Set) In(text string, escape func(string) string) string {
	if !strings.Contains(text, mark.Prefix) {
		return text
	}
	var b strings.Builder
	done := 0
	for from := 0; ; {
		start, end, ok := mark.Next(text[from:])
		if !ok {
			break
		}
		start, end = from+start, from+end
		from = end
		x, known := s[text[start:end]]
		if !known {
			continue
		}
		out := ""
		switch full := isWhole(text, start, end); {
		case isInAuthority(text[:start]):
			out = x.part
		case x.isNumber && start > 0 && end < len(text) && text[start-1] == '"' && text[end] == '"':
			out, start, end = x.full, start-1, end+1
		case full && escape != nil:
			out = escape(x.full)
		case full:
			out = x.full
		}
		if out == "" {
			continue
		}
		b.WriteString(text[done:start])
		b.WriteString(out)
		done = end
	}
	return b.String() + text[done:]
}

// isWhole reports whether text[start:end] is a complete value: of JSON, XML, a form, a table, a
// path, YAML or a header with a scheme.
func isWhole(text string, start, end int) bool {
	if end < len(text) && strings.IndexByte("\"'<&;,/?#\\\t\r\n", text[end]) < 0 {
		return false
	}
	if start == 0 || strings.IndexByte("\"'>=&;,/\t\n", text[start-1]) >= 0 {
		return true
	}
	before := strings.TrimRight(text[:start], " ")
	if before == "" || len(before) == start {
		return before == ""
	}
	return before[len(before)-1] == ':' || endsWithScheme(text[max(0, start-maxScheme):start])
}

// maxScheme bounds the text before a credential in which its scheme is looked for, in bytes.
const maxScheme = 40

// endsWithScheme reports whether a text ends with the name of an authentication scheme and blanks.
func endsWithScheme(s string) bool {
	return judge.SchemeLen(s[strings.LastIndexAny(s, "\"\n")+1:]+"x") > 0
}

// maxAuthority bounds the part of a URI before a secret in its authority, in bytes.
const maxAuthority = 512

// isInAuthority reports whether a text ends within the authority of a URI.
func isInAuthority(before string) bool {
	before = before[max(0, len(before)-maxAuthority):]
	i := strings.LastIndex(before, "://")
	return i > 0 && !strings.ContainsAny(before[i+3:], "/?#\"'<> \t\r\n,")
}
