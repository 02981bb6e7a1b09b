package diff

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
)

// StyleChanged is the ID of a change in how the value of a parameter is written, which oasdiff has
// no rule for: its style, whether it is exploded, or the media type of its content.
const StyleChanged = "request-parameter-style-changed"

// style adds a change if a parameter is written differently.
func (x *operation) style(in, name string, d *diff.ParameterDiff) {
	if from, to := stylesOf(d.Base, d.Revision); from != to {
		x.add(StyleChanged, fmt.Sprintf("the `%s` request parameter `%s` is written as %s, it was %s", in, name, to, from))
	}
}

// stylesOf says how two parameters in normal form are written. Explode makes a difference to lists
// and objects only.
func stylesOf(a, b *openapi3.Parameter) (from, to string) {
	if a == nil || b == nil || a.Schema == nil || b.Schema == nil {
		return "", ""
	}
	from, to = "`"+a.Style+"`", "`"+b.Style+"`"
	hasParts := func(t *openapi3.Types) bool { return t.Includes("array") || t.Includes("object") }
	if a.Explode != nil && b.Explode != nil && hasParts(a.Schema.Value.Type) && hasParts(b.Schema.Value.Type) {
		from, to = fmt.Sprintf("%s with explode %t", from, *a.Explode), fmt.Sprintf("%s with explode %t", to, *b.Explode)
	}
	return from, to
}
