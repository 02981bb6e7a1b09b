package apidoc

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// MaxDepth limits the nesting of a caller's document: comparing costs the square of the depth.
const MaxDepth = 500

// Load parses the text of an argument spec. Its errors are about that argument.
func Load(text string) (*openapi3.T, error) {
	if depth(text) > MaxDepth {
		return nil, tool.BadArgument("spec", "is nested deeper than %d levels", MaxDepth)
	}
	doc, err := openapi.Load([]byte(text))
	if err != nil {
		return nil, tool.BadArgument("spec", "cannot be read: %s", view.Cut(view.Visible(err.Error()), 1000))
	}
	return doc, nil
}

// depth returns the nesting of brackets outside of quotes, or that of indented YAML lines if it is
// greater. It does not parse the text.
func depth(text string) int {
	deepest, current := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			current++
			deepest = max(deepest, current)
		case '}', ']':
			current = max(current-1, 0)
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '\n':
			head := text[i+1 : min(len(text), i+2+4*MaxDepth)]
			deepest = max(deepest, (len(head)-len(strings.TrimLeft(head, " ")))/2)
		}
	}
	return deepest
}
