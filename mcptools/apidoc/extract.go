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
	err = c.security(doc, o)
	return operation, c.out, err
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
func (c *collector) collect(v any) (err error) {
	walkReferences(v, func(ref string) {
		if err == nil {
			err = c.addReference(ref)
		}
	})
	return err
}

// walkReferences calls visit with each reference in v, also those of discriminators.
func walkReferences(v any, visit func(ref string)) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			visit(ref)
		}
		for _, ref := range object(object(v, "discriminator"), "mapping") {
			if ref, ok := ref.(string); ok {
				visit(ref)
			}
		}
		for _, y := range v {
			walkReferences(y, visit)
		}
	case []any:
		for _, y := range v {
			walkReferences(y, visit)
		}
	}
}

func (c *collector) addReference(ref string) error {
	if kind, name, ok := componentOf(ref); ok {
		return c.add(kind, name)
	}
	return nil
}

// componentOf returns the component that a reference leads to or into.
func componentOf(ref string) (kind, name string, ok bool) {
	path, ok := strings.CutPrefix(ref, "#/components/")
	kind, rest, _ := strings.Cut(path, "/")
	name, _, _ = strings.Cut(rest, "/")
	return kind, strings.NewReplacer("~1", "/", "~0", "~").Replace(name), ok && name != ""
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

// security collects the schemes of an operation.
func (c *collector) security(doc *openapi3.T, o *openapi3.Operation) error {
	security := o.Security
	if security == nil {
		security = &doc.Security
	}
	for _, alternative := range *security {
		for name := range alternative {
			if err := c.add("securitySchemes", name); err != nil {
				return err
			}
		}
	}
	return nil
}
