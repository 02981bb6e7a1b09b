package composed

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestMemberNames checks that the members of all parts of a schema are found, with those of members
// and the texts that they are limited to, also if the schema contains itself.
func TestMemberNames(t *testing.T) {
	text := func(values ...any) *openapi3.SchemaRef {
		return openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"string"}, Enum: values})
	}
	spec := openapi3.NewSchemaRef("", &openapi3.Schema{Properties: openapi3.Schemas{"replicas": text(), "deep": nil}})
	spec.Value.Properties["deep"] = spec
	whole := openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{
		{Value: &openapi3.Schema{Properties: openapi3.Schemas{"state": text("open", "closed", 3)}}},
		{Value: &openapi3.Schema{OneOf: openapi3.SchemaRefs{{Value: &openapi3.Schema{Properties: openapi3.Schemas{"spec": spec}}}}}},
	}})
	whole.Value.AllOf = append(whole.Value.AllOf, whole)
	names, values := MemberNames(whole)
	slices.Sort(names)
	if want := []string{"deep", "replicas", "spec", "state"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
	if want := []string{"open", "closed"}; !slices.Equal(values, want) {
		t.Errorf("values %v, want %v", values, want)
	}
	if Property(whole, "spec") != spec || Property(whole, "replicas") != nil || IsObject(text()) || !slices.Equal(Types(text()), []string{"string"}) {
		t.Error("a part is missing, or one too many")
	}
	if names, _ := MemberNames(nil); len(names) > 0 {
		t.Errorf("no schema has the members %v", names)
	}
}
