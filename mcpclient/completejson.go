package mcpclient

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/internal/visible"
)

// place is an object or a list that a piece of JSON has opened and not closed.
type place struct {
	object  bool
	wantKey bool // in an object: the name of a member comes next
	want    bool // a value comes next
	key     string
	seen    []string
}

// completeJSON completes a name or a value at the end of JSON that begins at start, at any depth.
func completeJSON(s *shape, line string, start int) Completion {
	open, at, ok := scanJSON(line[start:])
	if !ok || len(open) == 0 {
		return Completion{}
	}
	at += start
	here := *s
	for i := range open[:len(open)-1] {
		if here, ok = inside(here, open[i]); !ok {
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
	case last.wantKey:
		for _, p := range here.props {
			if !slices.Contains(last.seen, p.name) {
				offer(jsonString(p.name) + ": ")
			}
		}
	case last.want:
		sub, ok := inside(here, last)
		if !ok {
			return Completion{}
		}
		for _, v := range sub.literals() {
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

// inside is the shape of the value that comes next in a place.
func inside(s shape, p place) (shape, bool) {
	if p.object {
		return s.prop(p.key)
	}
	if s.items == nil {
		return shape{}, false
	}
	return shapeOf(s.root, s.items), true
}

// scanJSON follows JSON to where it breaks off. At is where the token begins that is not at its end, or the end.
func scanJSON(text string) (open []place, at int, ok bool) {
	for i := 0; i < len(text); i++ {
		var top *place
		if len(open) > 0 {
			top = &open[len(open)-1]
		} else if i > 0 {
			return nil, 0, false // the value is whole
		}
		switch c := text[i]; c {
		case ' ', '\t', '\n':
		case '{':
			open = append(open, place{object: true, wantKey: true})
		case '[':
			open = append(open, place{want: true})
		case '}', ']':
			open = open[:len(open)-1]
			if len(open) > 0 {
				open[len(open)-1].want = false
			}
		case ':':
			top.want, top.wantKey = true, false
		case ',':
			top.wantKey, top.want = top.object, !top.object
		case '"':
			end, _ := jsonscan.StringEnd([]byte(text), i)
			if end < 0 {
				return open, i, true
			}
			if top.wantKey {
				if json.Unmarshal([]byte(text[i:end]), &top.key) != nil {
					return nil, 0, false
				}
				top.seen = append(top.seen, top.key)
				top.wantKey = false
			} else {
				top.want = false
			}
			i = end - 1
		default:
			n := strings.IndexAny(text[i:], " \t\n,]}")
			if n < 0 {
				return open, i, true
			}
			top.want = false
			i += n - 1
		}
	}
	return open, len(text), true
}
