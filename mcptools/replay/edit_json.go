package replay

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/mcptools/placeholder"
)

// part is a member of an object or an element of an array, by its offsets in the text.
type part struct {
	name              string
	start, value, end int // of the name, or of the value in an array; of the value
}

// parts returns what an object or array consists of, and the offset behind its bracket. text is
// valid JSON; any other value has no parts.
func parts(text string) (list []part, open int, kind jsontext.Kind) {
	d := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	kind = d.PeekKind()
	if kind != '{' && kind != '[' {
		return nil, 0, kind
	}
	d.ReadToken()
	open = int(d.InputOffset())
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		p := part{start: -1}
		if kind == '{' {
			name, err := d.ReadValue()
			if err != nil {
				return list, open, kind
			}
			p.start = int(d.InputOffset()) - len(name)
			p.name = unescapeJSON(string(name[1 : len(name)-1]))
		}
		v, err := d.ReadValue()
		if err != nil {
			return list, open, kind
		}
		p.end = int(d.InputOffset())
		p.value = p.end - len(v)
		if p.start < 0 {
			p.start, p.name = p.value, strconv.Itoa(len(list))
		}
		list = append(list, p)
	}
	return list, open, kind
}

// editJSON returns a JSON text in which the value at steps is set or removed. All other bytes stay
// as they are.
func editJSON(text string, e *Edit, steps []string) (string, error) {
	list, open, kind := parts(text)
	if kind != '{' && kind != '[' {
		return "", e.failed("%q is in a value that has no members", steps[0])
	}
	at := slices.IndexFunc(list, func(p part) bool { return p.name == steps[0] })
	if at >= 0 && kind == '{' && slices.ContainsFunc(list[at+1:], func(p part) bool { return p.name == steps[0] }) {
		return "", e.failed("%q is there twice", steps[0])
	}
	switch {
	case at < 0 && (e.Remove || len(steps) > 1):
		return "", e.failed("the body has no %q there", steps[0])
	case at < 0:
		if kind == '[' && steps[0] != "-" && steps[0] != strconv.Itoa(len(list)) {
			return "", e.failed("the array has %d elements; - adds one", len(list))
		}
		return addPart(text, list, open, kind, steps[0], e.value(jsontext.Value("null"))), nil
	case len(steps) > 1:
		inner, err := editJSON(text[list[at].value:list[at].end], e, steps[1:])
		return text[:list[at].value] + inner + text[list[at].end:], err
	case e.Remove:
		start, end := list[at].start, list[at].end
		if at > 0 {
			start = list[at-1].end
		} else if len(list) > 1 {
			end = list[1].start
		}
		return text[:start] + text[end:], nil
	}
	return text[:list[at].value] + e.value(jsontext.Value(text[list[at].value:list[at].end])) + text[list[at].end:], nil
}

// addPart adds a value behind the last one, spaced like those before it.
func addPart(text string, list []part, open int, kind jsontext.Kind, name, value string) string {
	at, separator, colon := open, "", ":"
	if n := len(list); n > 0 {
		at, separator = list[n-1].end, ","
		if n > 1 {
			separator = text[list[n-2].end:list[n-1].start]
		}
	}
	if kind == '[' {
		return text[:at] + separator + value + text[at:]
	}
	if n := len(list); n > 0 {
		if between := text[list[n-1].start:list[n-1].value]; strings.HasSuffix(strings.TrimRight(between, " \t\r\n"), ":") {
			colon = between[strings.LastIndexByte(between, ':'):]
		}
	}
	return text[:at] + separator + `"` + escapeJSON(name) + `"` + colon + value + text[at:]
}

// value returns what is set as JSON, in place of the value that is there: a string stays a string.
// Elsewhere the text is JSON if it can be, else a string.
func (e *Edit) value(was jsontext.Value) string {
	if e.JSON || was.Kind() != '"' && json.Valid([]byte(e.Value)) {
		return strings.TrimSpace(e.Value)
	}
	return `"` + keepPlaceholders(e.Value, escapeJSON) + `"`
}

// keepPlaceholders escapes a text apart from the placeholders in it.
func keepPlaceholders(text string, escape func(string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range placeholder.FindAllIndex(text) {
		b.WriteString(escape(text[last:at[0]]) + text[at[0]:at[1]])
		last = at[1]
	}
	return b.String() + escape(text[last:])
}
