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

// TestManyWays checks that each schema is yielded once, and soon, however many ways lead to it, and
// that those to a depth of 8 on the shortest way are.
func TestManyWays(t *testing.T) {
	levels := make([]*openapi3.Schema, 12)
	for i := range levels {
		levels[i] = &openapi3.Schema{}
	}
	for i := range len(levels) - 1 {
		for range 50 {
			levels[i].AnyOf = append(levels[i].AnyOf, openapi3.NewSchemaRef("", levels[i+1]))
		}
	}
	got := slices.Collect(Schemas(openapi3.NewSchemaRef("", levels[0])))
	if !slices.Equal(got, levels[:maxDepth+1]) {
		t.Errorf("%d schemas", len(got))
	}
	// The last part is nearer than the way through the first ones shows.
	levels[0].AllOf = openapi3.SchemaRefs{openapi3.NewSchemaRef("", levels[1])}
	levels[0].OneOf = openapi3.SchemaRefs{openapi3.NewSchemaRef("", levels[8])}
	got = slices.Collect(Schemas(openapi3.NewSchemaRef("", levels[0])))
	if !slices.Equal(got, levels) {
		t.Errorf("%d schemas, want all %d", len(got), len(levels))
	}
}

// TestTypes checks what the types of a schema and of its parts say.
func TestTypes(t *testing.T) {
	of := func(types ...string) *openapi3.SchemaRef {
		return openapi3.NewSchemaRef("", &openapi3.Schema{Type: (*openapi3.Types)(&types)})
	}
	items := of("integer")
	list := openapi3.NewSchemaRef("", &openapi3.Schema{AllOf: openapi3.SchemaRefs{of("string"), {Value: &openapi3.Schema{Type: &openapi3.Types{"array"}, Items: items}}}})
	members := openapi3.NewSchemaRef("", &openapi3.Schema{Properties: openapi3.Schemas{"a": items}})
	text := openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"string"}, Properties: openapi3.Schemas{"a": items}})
	for name, x := range map[string]struct {
		ref               *openapi3.SchemaRef
		isArray, isObject bool
		items             *openapi3.SchemaRef
	}{
		"list":            {list, true, false, items},
		"object":          {of("null", "object"), false, true, nil},
		"members":         {members, false, true, nil},
		"text":            {text, false, false, nil},
		"nothing":         {nil, false, false, nil},
		"empty reference": {&openapi3.SchemaRef{}, false, false, nil},
		"any":             {openapi3.NewSchemaRef("", &openapi3.Schema{}), false, false, nil},
	} {
		if IsArray(x.ref) != x.isArray || IsObject(x.ref) != x.isObject || IsComposite(x.ref) != (x.isArray || x.isObject) || Items(x.ref) != x.items {
			t.Errorf("%s: array %t, object %t, items %v", name, IsArray(x.ref), IsObject(x.ref), Items(x.ref))
		}
	}
	if got := Types(list); !slices.Equal(got, []string{"string", "array"}) {
		t.Errorf("types %q", got)
	}
}
