package amend

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// shown writes a schema in one line.
func shown(s *schema.Schema) string {
	if s == nil {
		return "-"
	}
	var out []string
	for _, k := range []struct {
		kind schema.Kind
		name string
	}{{schema.String, "string"}, {schema.Integer, "integer"}, {schema.Object, "object"}, {schema.Array, "array"}} {
		if s.Kind&k.kind != 0 {
			out = append(out, k.name)
		}
	}
	text := s.Ref + strings.Join(out, "|")
	for _, x := range []struct {
		is   bool
		text string
	}{
		{s.Format != "", "(" + s.Format + ")"}, {s.Enum != nil, fmt.Sprint(s.Enum)}, {s.Items != nil, "<" + shown(s.Items) + ">"}, {s.Prefix != nil, fmt.Sprint("#", len(s.Prefix))},
		{s.AtMostOne, "<=1"}, {s.Additional != nil, "{*" + shown(s.Additional) + "}"}, {s.Nullable, "?"}, {s.Description != "", " " + s.Description},
	} {
		if x.is {
			text += x.text
		}
	}
	for _, p := range s.Properties {
		text += " " + p.Name + map[bool]string{true: "!"}[p.Required] + ":" + shown(p.Schema)
	}
	if len(s.AnyOf) > 0 {
		var each []string
		for _, x := range s.AnyOf {
			each = append(each, shown(x))
		}
		text += "any of " + strings.Join(each, ", ")
	}
	return text
}

// TestUnion admits what one of two schemas admits, whichever is the first.
func TestUnion(t *testing.T) {
	of := func(k schema.Kind) *schema.Schema { return &schema.Schema{Kind: k} }
	enum := func(values ...string) *schema.Schema { return &schema.Schema{Kind: schema.String, Enum: values} }
	ref := func(name string) *schema.Schema { return &schema.Schema{Ref: name} }
	list := func(items *schema.Schema) *schema.Schema { return &schema.Schema{Kind: schema.Array, Items: items} }
	object := func(ps ...schema.Property) *schema.Schema {
		return &schema.Schema{Kind: schema.Object, Properties: ps}
	}
	mapOf := func(s *schema.Schema) *schema.Schema {
		return &schema.Schema{Kind: schema.Object, Additional: s}
	}
	property := func(name string, s *schema.Schema, required bool) schema.Property {
		return schema.Property{Name: name, Schema: s, Required: required, AlwaysSent: 7}
	}
	one := &schema.Schema{Kind: schema.Array, Items: of(schema.String), AtMostOne: true}
	tuple := &schema.Schema{Kind: schema.Array, Prefix: []*schema.Schema{of(schema.String), of(schema.Integer)}}
	for _, x := range []struct {
		a, b *schema.Schema
		want string
	}{
		{of(schema.String), of(schema.String), "string"},
		{of(schema.String), of(schema.Integer), "string|integer"},
		{of(schema.String), nil, ""},
		{of(schema.String), &schema.Schema{}, ""},
		{&schema.Schema{Kind: schema.String, Nullable: true}, of(schema.String), "string?"},
		{enum("a", "c"), enum("b", "c"), "string[a b c]"},
		{enum("a"), of(schema.String), "string"},
		{enum("a"), of(schema.Integer), "string|integer"},
		{&schema.Schema{Kind: schema.String, Format: "date"}, &schema.Schema{Kind: schema.String, Format: "date"}, "string(date)"},
		{&schema.Schema{Kind: schema.String, Format: "date"}, &schema.Schema{Kind: schema.String, Format: "uuid"}, "string"},
		{&schema.Schema{Kind: schema.String, Format: "date"}, of(schema.Integer), "string|integer"},
		{ref("A"), &schema.Schema{Ref: "A", Nullable: true}, "A?"},
		{list(of(schema.String)), list(of(schema.Integer)), "array<string|integer>"},
		{list(of(schema.String)), of(schema.String), "string|array<string>"},
		{one, one, "array<string><=1"}, {one, list(of(schema.String)), "array<string>"}, {one, of(schema.Integer), "integer|array<string><=1"},
		{tuple, tuple, "array<>"}, {tuple, list(of(schema.String)), "array<>"}, {tuple, of(schema.String), "string|array#2"},
		{mapOf(of(schema.String)), mapOf(of(schema.Integer)), "object{*string|integer}"}, {mapOf(of(schema.String)), of(schema.String), "string|object{*string}"},
		{mapOf(of(schema.String)), object(property("a", of(schema.String), true)), "object a:string"},
		{object(property("a", of(schema.String), true), property("b", of(schema.String), true)), object(property("b", of(schema.Integer), true), property("c", of(schema.String), false)),
			"object a:string b!:string|integer c:string"},
		{object(property("a", of(schema.String), true)), object(property("a", of(schema.String), false)), "object a:string"},
		{object(property("a", of(schema.String), true)), of(schema.Integer), "integer|object a!:string"},
		{&schema.Schema{Kind: schema.String, Description: "text"}, of(schema.String), "string text"},
	} {
		for _, pair := range [][2]*schema.Schema{{x.a, x.b}, {x.b, x.a}} {
			a, b := clone(pair[0]), clone(pair[1])
			got := union(pair[0], pair[1], 9)
			if shown(got) != x.want || !reflect.DeepEqual(a, pair[0]) || !reflect.DeepEqual(b, pair[1]) {
				t.Errorf("%s and %s: %s, want %s", shown(pair[0]), shown(pair[1]), shown(got), x.want)
			}
		}
	}
	for _, x := range []struct {
		a, b *schema.Schema
		want string
	}{
		{ref("A"), of(schema.String), "any of A, string"}, {ref("A"), ref("B"), "any of A, B"},
		{&schema.Schema{AnyOf: []*schema.Schema{ref("A"), of(schema.String)}}, &schema.Schema{OneOf: []*schema.Schema{ref("B")}, Nullable: true}, "?any of A, string, B"},
	} {
		if got := shown(union(x.a, x.b, 9)); got != x.want {
			t.Errorf("%s, want %s", got, x.want)
		}
	}
	deep := of(schema.String)
	for range 4 {
		deep = list(deep)
	}
	if got := shown(union(deep, deep, 3)); got != "array<array<array<>>>" {
		t.Errorf("at the depth: %s", got)
	}
	record := func(s *schema.Schema) *schema.Schema {
		return &schema.Schema{Kind: schema.Object, Properties: []schema.Property{{Name: "a", Schema: s}}}
	}
	for name, wrap := range map[string]func(*schema.Schema) *schema.Schema{"maps": mapOf, "records": record} {
		x := of(schema.String)
		for range 4 {
			x = wrap(x)
		}
		depth, s := 0, union(x, x, 3)
		for s != nil && s.Kind != 0 {
			if depth++; len(s.Properties) > 0 {
				s = s.Properties[0].Schema
			} else {
				s = s.Additional
			}
		}
		if depth != 3 {
			t.Errorf("%s: %d levels, want 3", name, depth)
		}
	}
}
