package build

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi/internal/layout"
)

// shareHeaders makes components of the headers that many answers have: of each name what most of them say.
func shareHeaders(doc *openapi3.T) {
	type said struct {
		refs []*openapi3.HeaderRef
		text string
	}
	byName := map[string]map[string]*said{}
	for _, path := range doc.Paths.Keys() {
		ops := doc.Paths.Value(path).Operations()
		for _, method := range sortedKeys(ops) {
			for _, r := range ops[method].Responses.Map() {
				for name, h := range r.Value.Headers {
					data, err := json.Marshal(h.Value)
					if err != nil || identifier(name) != name {
						continue
					}
					if byName[name] == nil {
						byName[name] = map[string]*said{}
					}
					s := byName[name][string(data)]
					if s == nil {
						s = &said{text: string(data)}
						byName[name][s.text] = s
					}
					s.refs = append(s.refs, h)
				}
			}
		}
	}
	for name, all := range byName {
		var most *said
		for _, s := range all {
			if most == nil || len(s.refs) > len(most.refs) || len(s.refs) == len(most.refs) && strings.Compare(s.text, most.text) < 0 {
				most = s
			}
		}
		if len(most.refs) < minShared {
			continue
		}
		made(&partsOf(doc).Headers)[name] = &openapi3.HeaderRef{Value: most.refs[0].Value}
		for _, h := range most.refs {
			h.Ref = layout.HeaderPrefix + name
		}
	}
}
