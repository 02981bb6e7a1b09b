package schema

import (
	"fmt"
	"strings"
	"testing"
)

// TestChosenValues checks when a member that all of several varied requests have is required: if its
// values differ, and none is what a client sends for a member that its user did not set.
func TestChosenValues(t *testing.T) {
	for _, tt := range []struct {
		name, one, other string
		required         bool
	}{
		{"two texts", `"a"`, `"b"`, true},
		{"one text", `"a"`, `"a"`, false},
		{"a text and none", `"a"`, `""`, false},
		{"two integers", "1", "2", true},
		{"one integer", "1", "1", false},
		{"a fraction", "1.5", "1.5", true},
		{"a large integer", "12345678901234567890", "12345678901234567890", true},
		{"null", `"a"`, "null", false},
		{"true or false", "true", "false", false},
		{"lists of one length", "[1]", "[1]", false},
		{"lists with other items", "[1]", "[2]", true},
		{"an empty list", "[1]", "[]", false},
		{"a record whose values differ", `{"k":1}`, `{"k":2}`, true},
		{"a record whose values do not", `{"k":1}`, `{"k":1}`, false},
		{"an empty record", `{}`, `{}`, false},
		{"names that are data", `{"2024-01-01":1}`, `{"2024-01-02":1}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bodies []string
			for i, more := range []string{`"a":1`, `"b":1`, `"c":1`, `"a":1,"b":1`, `"b":1,"c":2`, `"a":1`} {
				bodies = append(bodies, fmt.Sprintf(`{"x":%s,%s}`, []string{tt.one, tt.other}[i%2], more))
			}
			s := decideBodies(t, "POST /things request", bodies...)
			if got := s.Properties[len(s.Properties)-1]; got.Name != "x" || got.Required != tt.required {
				t.Errorf("required %t: %s", got.Required, outlineSchema(s))
			}
		})
	}
}

// TestVariedRequests checks how much requests must vary to show what they need: six of them, with
// four sets of members, and no more constant members than choices.
func TestVariedRequests(t *testing.T) {
	for _, tt := range []struct {
		name     string
		sets     string // members beside x, of each request
		constant string
		required bool
	}{
		{"six requests with four sets", "a,b,c,ab,a,b", "", true},
		{"five requests", "a,b,c,ab,a", "", false},
		{"three sets", "a,b,c,a,b,c", "", false},
		{"as many constant members as choices", "a,b,c,ab,a,b", "yz", true},
		{"one constant member more", "a,b,c,ab,a,b", "wyz", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bodies []string
			for i, set := range strings.Split(tt.sets, ",") {
				members := fmt.Sprintf(`"x":%d`, i)
				for _, m := range set + tt.constant {
					members += fmt.Sprintf(`,"%c":%d`, m, i)
				}
				bodies = append(bodies, "{"+members+"}")
			}
			s := decideBodies(t, "POST /things request", bodies...)
			for _, p := range s.Properties {
				if p.Name == "x" && p.Required != tt.required {
					t.Errorf("required %t: %s", p.Required, outlineSchema(s))
				}
			}
		})
	}
	four := decideBodies(t, "POST /things request", `4× {"x":1}`)
	five := decideBodies(t, "POST /things request", `5× {"x":1}`)
	if got := outlineSchema(four) + " " + outlineSchema(five); got != "{x: integer} {x^5: integer}" {
		t.Errorf("always sent: %s", got)
	}
}

// TestSchemaHelpers checks what other packages ask of schemas.
func TestSchemaHelpers(t *testing.T) {
	for name, want := range map[string]string{"a/b": "a~1b", "a~b": "a~0b", "~1": "~01", "a": "a"} {
		if got := EscapePointer(name); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
	list := &Schema{Kind: Array, Items: &Schema{Kind: String, Enum: []string{"e"}}}
	record := func(s *Schema) *Schema { return &Schema{Kind: Object, Properties: []Property{{Name: "p", Schema: s}}} }
	components := map[string]*Schema{"List": list, "Loop": {Ref: "Loop"}, "None": nil}
	for _, tt := range []struct {
		s     *Schema
		depth int
		want  int
	}{
		{record(list), 1, 1}, {record(&Schema{Ref: "List"}), 1, 1}, {record(&Schema{Kind: Object, Additional: list}), 1, 1},
		{record(record(list)), 1, 0}, {record(record(list)), 2, 1}, {record(record(record(list))), 2, 0},
		{record(&Schema{Ref: "Loop"}), 2, 0}, {record(&Schema{Ref: "gone"}), 2, 0}, {record(&Schema{Kind: String}), 2, 0},
	} {
		if got := tt.s.CountLists(components, tt.depth); got != tt.want {
			t.Errorf("%s to depth %d: %d lists, want %d", outlineSchema(tt.s), tt.depth, got, tt.want)
		}
	}
	for i := range maxAliases {
		components[fmt.Sprint(i)] = &Schema{Ref: fmt.Sprint(i + 1)}
	}
	components[fmt.Sprint(maxAliases)] = list
	if Follow(&Schema{Ref: "1"}, components) != nil || Follow(&Schema{Ref: "2"}, components) != list {
		t.Error("eight references are followed, and no more")
	}
	if got := strings.Join(record(&Schema{Kind: Array, Items: record(list), Enum: []string{"o"}}).AppendNames([]string{"n"}), " "); got != "n p o p e" {
		t.Errorf("names %s", got)
	}
}

// TestRepeatedMembers checks that an object which repeats a name counts once for it.
func TestRepeatedMembers(t *testing.T) {
	s := decideBodies(t, "GET /things 200", `4× {"a":1,"b":1,"a":2}`, `{"b":1}`, `4× {"a":1,"b":1}`)
	if got, want := outlineSchema(s), "{a: integer, b!: integer}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var f Facts
	addLines(t, &f, `4× {"a":1,"b":1,"a":2}`)
	d := Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true})
	for _, e := range d.Explain(0) {
		if e.Rule == "required" && (e.For != 4 || e.Against != 0) {
			t.Errorf("%s: %d to %d", e.Pointer, e.For, e.Against)
		}
	}
}
