package mcptools

import (
	"encoding/json"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// excerptOf is an operation with the components that it refers to, directly or not.
func excerptOf(doc *openapi3.T, o *openapi3.Operation) (operation, components map[string]any, err error) {
	v, err := plain(o)
	if err != nil {
		return nil, nil, err
	}
	operation, _ = v.(map[string]any)
	x := picked{doc.Components, map[string]any{}}
	if err := x.take(operation); err != nil {
		return nil, nil, err
	}
	security := o.Security
	if security == nil {
		security = &doc.Security
	}
	for _, alternative := range *security {
		for name := range alternative {
			if err := x.takeOne("securitySchemes", name); err != nil {
				return nil, nil, err
			}
		}
	}
	return operation, x.out, nil
}

// plain is a part of a document as maps and lists.
func plain(part any) (v any, err error) {
	raw, err := json.Marshal(part)
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	return v, err
}

// picked gathers components, by kind and name. What is not asked for is not written: a document may have thousands.
type picked struct {
	all *openapi3.Components
	out map[string]any
}

// take adds what v refers to.
func (x *picked) take(v any) error {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			if err := x.takeRef(ref); err != nil {
				return err
			}
		}
		if d, ok := v["discriminator"].(map[string]any); ok {
			mapping, _ := d["mapping"].(map[string]any)
			for _, ref := range mapping {
				if ref, ok := ref.(string); ok {
					if err := x.takeRef(ref); err != nil {
						return err
					}
				}
			}
		}
		for _, y := range v {
			if err := x.take(y); err != nil {
				return err
			}
		}
	case []any:
		for _, y := range v {
			if err := x.take(y); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *picked) takeRef(ref string) error {
	if kind, name, ok := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/"); ok {
		return x.takeOne(kind, name)
	}
	return nil
}

func (x *picked) takeOne(kind, name string) error {
	of, _ := x.out[kind].(map[string]any)
	if _, has := of[name]; has {
		return nil
	}
	part := component(x.all, kind, name)
	if part == nil {
		return nil
	}
	v, err := plain(part)
	if err != nil {
		return err
	}
	if of == nil {
		of = map[string]any{}
		x.out[kind] = of
	}
	of[name] = v
	return x.take(v)
}

// component is one of a document's; nil when there is none of that kind and name.
func component(c *openapi3.Components, kind, name string) any {
	if c == nil {
		return nil
	}
	switch kind {
	case "schemas":
		return orNil(c.Schemas, name)
	case "parameters":
		return orNil(c.Parameters, name)
	case "headers":
		return orNil(c.Headers, name)
	case "requestBodies":
		return orNil(c.RequestBodies, name)
	case "responses":
		return orNil(c.Responses, name)
	case "securitySchemes":
		return orNil(c.SecuritySchemes, name)
	case "examples":
		return orNil(c.Examples, name)
	case "links":
		return orNil(c.Links, name)
	case "callbacks":
		return orNil(c.Callbacks, name)
	}
	return nil
}

func orNil[V any](m map[string]*V, name string) any {
	if v := m[name]; v != nil {
		return v
	}
	return nil
}
