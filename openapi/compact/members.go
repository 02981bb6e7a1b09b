package compact

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Member is a property of an object that a JSON Schema describes.
type Member struct {
	Name        string // as a line shows it: quoted if it is not an identifier
	Type        string // with its default, and the like
	Required    bool
	Description string // of the property, as the schema has it; foreign text
	// Members are the properties of the value, if it is one object and Members was asked for them.
	Members []Member
}

// Members writes the properties of an object schema in compact form, sorted by name, and the lines
// of the types that they name. The schema is decoded JSON, and its definitions are in $defs. If the
// property named inner is one object, its properties are written as members as well; inner may be
// "". It fails if the types have more than 32 MB.
func Members(schema map[string]any, inner string) (members []Member, types []string, err error) {
	// Types are named after components, so that is where they must be found.
	root := object{"$defs": schema["$defs"], "components": object{"schemas": schema["$defs"]}}
	f := &Form{root: root, defs: map[string]definition{}, isSchema: true}
	p := &printer{form: f}
	members = p.describe(schema, inner)
	if err := f.defineAll(); err != nil {
		return nil, nil, fmt.Errorf("write a schema in compact form: %w", err)
	}
	for _, ref := range slices.Sorted(maps.Keys(f.defs)) {
		types = append(types, f.defs[ref].line)
	}
	return members, types, nil
}

// describe writes the properties of an object schema.
func (p *printer) describe(s object, inner string) (members []Member) {
	required := map[string]bool{}
	for _, name := range items(s["required"]) {
		required[text(name)] = true
	}
	properties := get(s, "properties")
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		m := Member{Name: identifier(name), Required: required[name]}
		value, _ := properties[name].(object)
		m.Description = text(value["description"])
		if o, ok := p.form.resolve(value); ok && name == inner && isPlainObject(o) {
			m.Members = p.describe(o, "")
			if m.Type = "object"; o["additionalProperties"] == false {
				m.Type = "object (no other members)"
			}
			if m.Description == "" {
				m.Description = text(o["description"])
			}
		} else {
			m.Type = p.schema(properties[name]).text + remarks(properties[name])
		}
		members = append(members, m)
	}
	return members
}

// isPlainObject reports whether a schema says no more of its values than which properties they
// have.
func isPlainObject(s object) bool {
	for keyword := range s {
		switch keyword {
		case "type", "properties", "required", "description", "title":
		case "additionalProperties":
			if _, isBool := s[keyword].(bool); !isBool {
				return false
			}
		default:
			return false
		}
	}
	return s["type"] == "object" && len(get(s, "properties")) > 0 && !strings.Contains(text(s["$ref"]), "#")
}
