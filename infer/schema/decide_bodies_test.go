package schema

import (
	"fmt"
	"testing"
)

// TestBodyFlags checks what Decide is told of a body, with a single one: its top is the first
// position, and its record the first cluster.
func TestBodyFlags(t *testing.T) {
	data := `{"a1b2c3":1,"d4e5f6":2}`
	for _, tt := range []struct {
		name string
		flag func(*Body)
		body string
		want string
	}{
		{"names that are data", func(*Body) {}, data, "{*: integer}"},
		{"fields of a form", func(b *Body) { b.NeverMap = true }, data, "{a1b2c3: integer, d4e5f6: integer}"},
		{"a record", func(*Body) {}, `{"name":"a","tags":[{"k":"v"}]}`, "{name: string, tags: [{k: string}]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := goldenBody("PATCH /things/{id} request")
			tt.flag(&b)
			addLines(t, b.Facts, tt.body)
			if got := outlineSchema(clearSent(Decide([]Body{b}, Policy{Inline: true}).Schemas[0])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	d := Decide([]Body{{Key: "POST /things request", Role: Request, NeverMap: true, Facts: &Facts{}}}, Policy{})
	if d.Schemas[0] != nil {
		t.Errorf("no body: got %s", outlineSchema(d.Schemas[0]))
	}
}

// TestDissimilarParts checks that records with equal names are one thing unless what they hold under
// one name is dissimilar: less than half of its members are common, and neither has all of them.
func TestDissimilarParts(t *testing.T) {
	for _, tt := range []struct {
		name, x, y string
		isOne      bool
	}{
		{"half of the members", `{"a":1,"b":1,"c":1}`, `{"b":1,"c":1,"d":1}`, true},
		{"a third", `{"a":1,"b":1}`, `{"b":1,"c":1}`, false},
		{"none", `{"a":1,"b":1}`, `{"c":1,"d":1}`, false},
		{"all of the first", `{"a":1}`, `{"a":1,"b":1,"c":1,"d":1}`, true},
		{"all of the second", `{"a":1,"b":1,"c":1,"d":1}`, `{"d":1}`, true},
		{"nothing in the first", `{}`, `{"a":1,"b":1}`, true},
		{"another type", `{"a":1}`, `"a"`, false},
		{"in lists", `[{"a":1,"b":1}]`, `[{"c":1,"d":1}]`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, o := goldenBody("GET /ships/{id} 200"), goldenBody("GET /crews/{id} 200")
			addLines(t, b.Facts, `3× {"id":1,"title":"x","part":`+tt.x+`}`)
			addLines(t, o.Facts, `3× {"id":1,"title":"x","part":`+tt.y+`}`)
			d := Decide([]Body{b, o}, Policy{})
			if isOne := outlineSchema(d.Schemas[0]) == outlineSchema(d.Schemas[1]); isOne != tt.isOne {
				t.Errorf("got %s", outline([]Body{b, o}, d))
			}
		})
	}
}

// TestDemandedNames checks that names which refusals demanded are required at the shallowest record
// that has them, if it is the only one there. Other names do not matter.
func TestDemandedNames(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"at the top", `{"a":1,"b":2,"c":3}`, "{a!: integer, b!: integer, c: integer}"},
		{"below", `{"x":{"a":1,"c":2},"y":{"b":1,"d":2}}`, "{x: {a!: integer, c: integer}, y: {b!: integer, d: integer}}"},
		{"at the top and below", `{"a":1,"x":{"a":1,"b":2}}`, "{a!: integer, x: {a: integer, b!: integer}}"},
		{"in two records beside others", `{"x":{"a":1,"m":1},"y":{"a":2,"b":1},"z":{"n":{"a":2},"e":1,"f":2,"g":3,"h":4}}`,
			"{x: {a: integer, m: integer}, y: {a: integer, b!: integer}, " +
				"z: {e!: integer, f!: integer, g!: integer, h!: integer, n: {a: integer}}}"},
		{"in a list", `[{"a":1,"c":2}]`, "[{a!: integer, c: integer}]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := goldenBody("POST /things request")
			b.Demanded = &NameSet{}
			for _, name := range []string{"a", "b", "e", "f", "g", "h"} {
				b.Demanded.Add(name)
			}
			addLines(t, b.Facts, "3× "+tt.body)
			if got := outlineSchema(clearSent(Decide([]Body{b}, Policy{Inline: true}).Schemas[0])); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestTypesOfResources checks that the types of JSON:API resources are constant after two exchanges.
// Objects without an id or attributes are no resources.
func TestTypesOfResources(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		constant   bool
	}{
		{"two", `2× {"data":{"type":"kind_a","id":"1","attributes":{"a":1}}}`, true},
		{"one", `1× {"data":{"type":"kind_a","id":"1","attributes":{"a":1}}}`, false},
		{"not created yet", `2× {"data":{"type":"kind_a","attributes":{"a":1}}}`, true},
		{"in a list of others", `2× {"included":[{"type":"kind_a","id":"1","attributes":{"a":1}}]}`, true},
		{"without an id elsewhere", `2× {"meta":{"type":"kind_a","attributes":{"a":1}}}`, false},
		{"without attributes", `2× {"data":{"type":"kind_a","id":"1"}}`, false},
		{"at the top", `2× {"type":"kind_a","id":"1","attributes":{"a":1}}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := goldenBody("GET /things/{id} 200")
			addLines(t, b.Facts, tt.body)
			s := Decide([]Body{b}, Policy{Inline: true}).Schemas[0]
			var enums int
			countEnums(s, &enums)
			if (enums == 1) != tt.constant {
				t.Error(outlineSchema(s))
			}
		})
	}
}

// countEnums counts the strings of a schema that are one value.
func countEnums(s *Schema, n *int) {
	if s == nil {
		return
	}
	if len(s.Enum) == 1 {
		*n++
	}
	countEnums(s.Items, n)
	for _, p := range s.Properties {
		countEnums(p.Schema, n)
	}
}

// TestCommonFieldLimits checks that a field belongs to all forms of an API from 20 forms on if three
// of them have it, always with one type.
func TestCommonFieldLimits(t *testing.T) {
	for _, tt := range []struct {
		name       string
		forms, has int
		isCommon   bool
	}{
		{"3 of 20", 20, 3, true}, {"2 of 20", 20, 2, false}, {"3 of 19", 19, 3, false},
		{"3 of 21", 21, 3, false}, {"4 of 21", 21, 4, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bodies []Body
			for i := range tt.forms {
				fields := []Field{{Name: "field_" + string(rune('a'+i)), Value: "x"}, {Name: "is_" + string(rune('a'+i)), Value: "y"}}
				if i >= tt.forms-tt.has {
					fields = append(fields, Field{Name: "expand[]", Value: "core"})
				}
				b := goldenBody(fmt.Sprintf("POST /things%c request", 'a'+i))
				b.Form = true
				b.Facts.AddForm(fields, nil)
				bodies = append(bodies, b)
			}
			d := Decide(bodies, Policy{Inline: true})
			for i, s := range d.Schemas {
				want := 2
				if tt.isCommon || i >= tt.forms-tt.has {
					want = 3
				}
				if len(s.Properties) != want {
					t.Errorf("%s: %s", bodies[i].Key, outlineSchema(s))
				}
			}
		})
	}
}

// TestDamagedSample checks that a sample which holds more values than it can is an error.
func TestDamagedSample(t *testing.T) {
	for n, isValid := range map[int]bool{sketchSize: true, sketchSize + 1: false} {
		b := goldenBody("GET /things 200")
		for i := range n {
			addLines(t, b.Facts, fmt.Sprintf(`"word_%c"`, 'a'+i))
		}
		b.Facts.root.strings.values.isOverflowed = true
		if err := new(Facts).UnmarshalBinary(encode(t, b.Facts)); (err == nil) != isValid {
			t.Errorf("%d values of more: %v", n, err)
		}
	}
}

// TestEmptyTextIsNull checks that a boolean of a form that was also sent empty may be null, unlike
// text.
func TestEmptyTextIsNull(t *testing.T) {
	for _, tt := range []struct{ first, second, want string }{
		{"true", "", "{a: boolean?}"}, {"1", "2", "{a: integer}"}, {"x y", "", "{a: string}"}, {"", "", "{a: string}"},
	} {
		var f Facts
		for range 4 {
			f.AddForm([]Field{{Name: "a", Value: tt.first}}, nil)
			f.AddForm([]Field{{Name: "a", Value: tt.second}}, nil)
		}
		s := Decide([]Body{{Key: "k", Role: Request, Form: true, Facts: &f}}, Policy{Inline: true}).Schemas[0]
		if got := outlineSchema(clearSent(s)); got != tt.want {
			t.Errorf("%q and %q: got %s, want %s", tt.first, tt.second, got, tt.want)
		}
	}
}

// TestManyProperties checks that the properties of an object are told apart where they are few, and
// where they are so many that hashes are compared.
func TestManyProperties(t *testing.T) {
	for _, n := range []int{maxLinearProperties - 1, maxLinearProperties, maxLinearProperties + 1, 100} {
		s := decideBodies(t, "GET /things 200", members(n, "of_%c%cx", "1"), members(n, "of_%c%cx", "2"), members(n, "of_%c%cx", "3"))
		if len(s.Properties) != n || !s.Properties[0].Required || !s.Properties[n-1].Required {
			t.Errorf("%d properties of %d", len(s.Properties), n)
		}
	}
}
