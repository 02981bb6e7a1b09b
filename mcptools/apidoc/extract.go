package apidoc

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Extract returns an operation as plain JSON values, with the components that it references,
// directly or indirectly. It encodes no other components: a document may have thousands.
func Extract(doc *openapi3.T, o *openapi3.Operation) (operation, components map[string]any, err error) {
	v, err := toJSON(o)
	if err != nil {
		return nil, nil, err
	}
	operation, _ = v.(map[string]any)
	c := collector{doc.Components, map[string]any{}}
	if err := c.collect(operation); err != nil {
		return nil, nil, err
	}
	if err := c.security(doc, o); err != nil {
		return nil, nil, err
	}
	return operation, c.out, nil
}

// toJSON converts a fragment of a document to maps and lists.
func toJSON(fragment any) (v any, err error) {
	raw, err := json.Marshal(fragment)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	return v, err
}

// collector collects components by kind and name.
type collector struct {
	all *openapi3.Components
	out map[string]any
}

// collect adds the components that v references.
func (c *collector) collect(v any) error {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			if err := c.addReference(ref); err != nil {
				return err
			}
		}
		if d, ok := v["discriminator"].(map[string]any); ok {
			mapping, _ := d["mapping"].(map[string]any)
			for _, ref := range mapping {
				if ref, ok := ref.(string); ok {
					if err := c.addReference(ref); err != nil {
						return err
					}
				}
			}
		}
		for _, y := range v {
			if err := c.collect(y); err != nil {
				return err
			}
		}
	case []any:
		for _, y := range v {
			if err := c.collect(y); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *collector) addReference(ref string) error {
	if kind, name, ok := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/"); ok {
		return c.add(kind, name)
	}
	return nil
}

// add adds one component and the components that it references.
func (c *collector) add(kind, name string) error {
	ofKind, _ := c.out[kind].(map[string]any)
	if _, has := ofKind[name]; has {
		return nil
	}
	found := component(c.all, kind, name)
	if found == nil {
		return nil
	}
	v, err := toJSON(found)
	if err != nil {
		return err
	}
	if ofKind == nil {
		ofKind = map[string]any{}
		c.out[kind] = ofKind
	}
	ofKind[name] = v
	return c.collect(v)
}

// component returns a component, or nil if the document has none with this kind and name.
func component(c *openapi3.Components, kind, name string) any {
	if c == nil {
		return nil
	}
	switch kind {
	case "schemas":
		return lookUp(c.Schemas, name)
	case "parameters":
		return lookUp(c.Parameters, name)
	case "headers":
		return lookUp(c.Headers, name)
	case "requestBodies":
		return lookUp(c.RequestBodies, name)
	case "responses":
		return lookUp(c.Responses, name)
	case "securitySchemes":
		return lookUp(c.SecuritySchemes, name)
	case "examples":
		return lookUp(c.Examples, name)
	case "links":
		return lookUp(c.Links, name)
	case "callbacks":
		return lookUp(c.Callbacks, name)
	}
	return nil
}

// lookUp returns a nil interface, not a nil pointer, for an absent name.
func lookUp[V any](m map[string]*V, name string) any {
	if v := m[name]; v != nil {
		return v
	}
	return nil
}
