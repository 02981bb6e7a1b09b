package mcptools

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// maxSpecDepth bounds the nesting of a document that a caller gives: comparing costs the square of it.
const maxSpecDepth = 500

// loadSpec reads the argument spec.
func loadSpec(text string) (*openapi3.T, error) {
	if nested(text) > maxSpecDepth {
		return nil, tool.BadArgument("spec", "is nested deeper than %d levels", maxSpecDepth)
	}
	doc, err := openapi.Load([]byte(text))
	if err != nil {
		return nil, tool.BadArgument("spec", "cannot be read: %s", view.Cut(view.Visible(err.Error()), 1000))
	}
	return doc, nil
}

// nested is how deep brackets stand in each other outside of quotes, or lines of YAML are indented, whichever is more.
func nested(text string) int {
	deepest, depth := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth = max(depth-1, 0)
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '\n':
			head := text[i+1 : min(len(text), i+2+4*maxSpecDepth)]
			deepest = max(deepest, (len(head)-len(strings.TrimLeft(head, " ")))/2)
		}
	}
	return deepest
}
