package build

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// shareHeaders makes components of headers that many responses have. Of each name the most frequent
// description becomes the component.
func shareHeaders(doc *openapi3.T) {
	for name, uses := range headersByName(doc) {
		var most *headerUse
		for _, u := range uses {
			if most == nil || len(u.refs) > len(most.refs) || len(u.refs) == len(most.refs) && u.text < most.text {
				most = u
			}
		}
		if len(most.refs) < minShared {
			continue
		}
		ensureMap(&componentsOf(doc).Headers)[name] = &openapi3.HeaderRef{Value: most.refs[0].Value}
		for _, h := range most.refs {
			h.Ref = openapi.HeaderPrefix + name
		}
	}
}

// headerUse is where a header is described by the same text.
type headerUse struct {
	text string // the header as JSON
	refs []*openapi3.HeaderRef
}

// headersByName returns the headers of all responses by name and text. It leaves out names that no
// component can have.
func headersByName(doc *openapi3.T) map[string]map[string]*headerUse {
	out := map[string]map[string]*headerUse{}
	for _, path := range doc.Paths.Keys() {
		for _, op := range operationsOf(doc.Paths.Value(path)) {
			for _, r := range op.Responses.Map() {
				for name, h := range r.Value.Headers {
					text, err := json.Marshal(h.Value)
					if err != nil || identifier(name) != name {
						continue
					}
					if out[name] == nil {
						out[name] = map[string]*headerUse{}
					}
					u := out[name][string(text)]
					if u == nil {
						u = &headerUse{text: string(text)}
						out[name][u.text] = u
					}
					u.refs = append(u.refs, h)
				}
			}
		}
	}
	return out
}
