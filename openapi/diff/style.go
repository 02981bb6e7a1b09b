package diff

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/diff"
)

// StyleChanged is the ID of a change in how the value of a parameter is written, which oasdiff has
// no rule for: its style, whether it is exploded, or the media type of its content.
const StyleChanged = "request-parameter-style-changed"

// styleChanges lists the parameters that are written differently.
func styleChanges(d *diff.Diff) (changes []Change) {
	if d == nil || d.PathsDiff == nil {
		return nil
	}
	for path, p := range d.PathsDiff.Modified {
		if p.OperationsDiff == nil {
			continue
		}
		for method, o := range p.OperationsDiff.Modified {
			if o.ParametersDiff == nil {
				continue
			}
			for in, parameters := range o.ParametersDiff.Modified {
				for name, x := range parameters {
					from, to := stylesOf(x.Base, x.Revision)
					if from == to {
						continue
					}
					changes = append(changes, Change{
						ID: StyleChanged, Level: Breaking, Method: method, Path: path,
						Text: line(fmt.Sprintf("the `%s` request parameter `%s` is written as %s, it was %s", in, name, to, from)),
					})
				}
			}
		}
	}
	return changes
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
