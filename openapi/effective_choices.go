package openapi

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// DefaultMapping is the member of a discriminator that names the schema of values which the mapping
// does not have (3.2). kin-openapi keeps it as an extension.
const DefaultMapping = "defaultMapping"

// Choice is an alternative that a discriminator chooses.
type Choice struct {
	*openapi3.SchemaRef
	Tags   []string // the values of the property that choose this alternative alone
	Others bool     // a value that is no tag may be of this alternative, too
}

// Choices returns the alternatives of a discriminator. The tags of one are the values that the
// mapping has for it, or else the only value that it admits itself, or else its name. Values that
// are no tag are of the default, or of the alternatives that have neither tag nor name. If there is
// no default and an alternative goes by its name, they may be of any: many servers write names in
// another way.
func Choices(d *openapi3.Discriminator, refs openapi3.SchemaRefs) []Choice {
	others, _ := d.Extensions[DefaultMapping].(string)
	others = MappedReference(others)
	mapped := map[string][]string{}
	for _, value := range slices.Sorted(maps.Keys(d.Mapping)) {
		ref := MappedReference(d.Mapping[value].Ref)
		mapped[ref] = append(mapped[ref], value)
	}
	var out []Choice
	listed := map[string]bool{"": true}
	isComplete := true
	for _, r := range refs {
		if r == nil || r.Value == nil {
			continue
		}
		ref := cmp.Or(r.Ref, others)
		listed[ref] = true
		c := Choice{r, mapped[ref], ref == others}
		name := strings.TrimPrefix(ref, SchemaPrefix)
		switch tag := ownTag(r.Value, d.PropertyName); {
		case len(c.Tags) > 0 || ref != "" && c.Others: // it needs no other value
		case tag != "":
			c.Tags, c.Others = []string{tag}, false
		case ref != "":
			isComplete = false
			if d.Mapping[name].Ref == "" {
				c.Tags = []string{name}
			}
		}
		out = append(out, c)
	}
	for ref := range mapped {
		isComplete = isComplete && listed[ref]
	}
	if !listed[others] || !isComplete && others == "" {
		for i := range out {
			out[i].Others = true
		}
	}
	return out
}

// ownTag returns the only text that a schema, or a part that is written within it, admits for a
// property, or "".
func ownTag(s *openapi3.Schema, property string) string {
	for _, p := range slices.Concat(openapi3.SchemaRefs{{Value: s}}, s.AllOf) {
		if p == nil || p.Ref != "" || p.Value == nil || p.Value.Properties[property] == nil {
			continue
		}
		if tag, _ := OnlyValue(p.Value.Properties[property].Value).(string); tag != "" {
			return tag
		}
	}
	return ""
}

// OnlyValue returns the value of a schema that allows one, or nil. It is const, or an enum of one.
func OnlyValue(s *openapi3.Schema) any {
	if s == nil {
		return nil
	}
	if enum, _ := ExactOr(s, "enum", s.Enum).([]any); len(enum) == 1 {
		return enum[0]
	}
	return ExactOr(s, "const", s.Const)
}
