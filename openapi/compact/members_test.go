package compact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// membersText returns what Members writes, one line each.
func membersText(t *testing.T, schema, inner string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(schema), &v); err != nil {
		t.Fatal(err)
	}
	members, types, err := Members(v, inner)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var write func(list []Member, indent string)
	write = func(list []Member, indent string) {
		for _, m := range list {
			fmt.Fprintf(&b, "%s%s %v %s %q\n", indent, m.Name, m.Required, m.Type, m.Description)
			write(m.Members, indent+" ")
		}
	}
	write(members, "")
	return b.String() + strings.Join(types, "\n")
}

func TestMembers(t *testing.T) {
	const schema = `{"type":"object","required":["id","body"],"properties":{
	 "id":{"type":"integer","description":"Which one."},
	 "odd name":{"type":"array","items":{"$ref":"#/$defs/Tree"},"default":[]},
	 "body":{"$ref":"#/$defs/New"}},
	 "$defs":{"New":{"type":"object","description":"What to create.","required":["title"],"additionalProperties":false,"properties":{
	   "title":{"type":"string","maxLength":9},"parent":{"$ref":"#/$defs/Tree"}}},
	  "Tree":{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#/$defs/Tree"}}}},
	  "Unused":{"type":"string"}}}`
	const tree = `type Tree = {kids?:Tree[]}`
	for _, tt := range []struct{ inner, want string }{
		{"body", `body true object (no other members) "What to create."
 parent false Tree ""
 title true string(..9) ""
id true int "Which one."
"odd name" false Tree[]=[] ""
` + tree},
		{"", `body true New ""
id true int "Which one."
"odd name" false Tree[]=[] ""
type New = {parent?:Tree title:string(..9)}
` + tree},
	} {
		if got := membersText(t, schema, tt.inner); got != tt.want {
			t.Errorf("%q:\n%s\nwant\n%s", tt.inner, got, tt.want)
		}
	}
	if got := membersText(t, `{"properties":{"b":{"allOf":[{"type":"object","properties":{"x":true}},{"$ref":"#/$defs/No"}]}}}`, "b"); got !=
		"b false {x?:any}&No \"\"\ntype No = any" {
		t.Errorf("not one object: %s", got)
	}
}
