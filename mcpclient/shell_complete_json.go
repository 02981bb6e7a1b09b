package mcpclient

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/internal/visible"
)

// openContainer is an object or array that incomplete JSON has begun and not ended.
type openContainer struct {
	isObject  bool
	wantName  bool     // the name of a member comes next
	wantValue bool     // a value comes next
	name      string   // of the current member
	names     []string // of the members so far
}

// completeJSON completes a name or a value, at any depth, at the end of JSON that begins at start.
func completeJSON(s *flatSchema, line string, start int) Completion {
	open, at, ok := scanIncomplete(line[start:])
	if !ok || len(open) == 0 {
		return Completion{}
	}
	at += start
	here := *s
	for i := range open[:len(open)-1] {
		if here, ok = childSchema(here, open[i]); !ok {
			return Completion{}
		}
	}
	last := open[len(open)-1]
	c := Completion{Start: at}
	offer := func(w string) {
		if strings.HasPrefix(w, line[at:]) && visible.Line(w) == w {
			c.Words = append(c.Words, w)
		}
	}
	switch {
	case last.wantName:
		for _, p := range here.properties {
			if !slices.Contains(last.names, p.Name) {
				offer(jsonString(p.Name) + ": ")
			}
		}
	case last.wantValue:
		sub, ok := childSchema(here, last)
		if !ok {
			return Completion{}
		}
		for _, v := range sub.values() {
			offer(v)
		}
		if len(c.Words) == 0 && line[at:] == "" && len(sub.types) > 0 {
			if w, ok := map[string]string{"string": `"`, "object": "{", "array": "["}[sub.types[0]]; ok {
				offer(w)
			}
		}
	}
	return c
}

// childSchema returns the schema of the value that comes next in a container, and reports whether
// it is known.
func childSchema(s flatSchema, c openContainer) (flatSchema, bool) {
	if c.isObject {
		return s.property(c.name)
	}
	if s.items == nil {
		return flatSchema{}, false
	}
	return flatten(s.doc, s.items), true
}

// scanIncomplete reads JSON to its end and returns the containers that are open there. at is where
// an incomplete last token begins, or the end. ok is false if the value is complete or is not JSON.
func scanIncomplete(text string) (open []openContainer, at int, ok bool) {
	for i := 0; i < len(text); i++ {
		var top *openContainer
		if len(open) > 0 {
			top = &open[len(open)-1]
		} else if i > 0 {
			return nil, 0, false // the value is complete
		}
		switch c := text[i]; c {
		case ' ', '\t', '\n':
		case '{':
			open = append(open, openContainer{isObject: true, wantName: true})
		case '[':
			open = append(open, openContainer{wantValue: true})
		case '}', ']':
			open = open[:len(open)-1]
			if len(open) > 0 {
				open[len(open)-1].wantValue = false
			}
		case ':':
			top.wantValue, top.wantName = true, false
		case ',':
			top.wantName, top.wantValue = top.isObject, !top.isObject
		case '"':
			end, _ := jsonscan.StringEnd([]byte(text), i)
			if end < 0 {
				return open, i, true
			}
			if top.wantName {
				if json.Unmarshal([]byte(text[i:end]), &top.name) != nil {
					return nil, 0, false
				}
				top.names = append(top.names, top.name)
				top.wantName = false
			} else {
				top.wantValue = false
			}
			i = end - 1
		default:
			n := strings.IndexAny(text[i:], " \t\n,]}")
			if n < 0 {
				return open, i, true
			}
			top.wantValue = false
			i += n - 1
		}
	}
	return open, len(text), true
}
