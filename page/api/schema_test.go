package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// A component that contains itself ends, and a large schema is cut.
func TestTree(t *testing.T) {
	var wide strings.Builder
	for i := range maxNodes + 10 {
		fmt.Fprintf(&wide, `,"p%d":{"type":"integer"}`, i)
	}
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{
"Folder":{"type":"object","required":["name"],"properties":{"name":{"type":["string","null"],"format":"date","enum":["a",null]},
"children":{"type":"array","items":{"$ref":"#/components/schemas/Folder"}}}},
"Wide":{"type":"object","properties":{` + wide.String()[1:] + `}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	n, cut := tree("", doc.Components.Schemas["Folder"].Value.Properties["children"], place{})
	folder := n.Children[0]
	if cut || n.Type != "array" || folder.Name != "(each item)" || folder.Ref != "Folder" || len(folder.Children) != 2 {
		t.Fatalf("%+v", n)
	}
	if again := folder.Children[0].Children[0]; !again.Again || again.Ref != "Folder" || again.Children != nil {
		t.Errorf("%+v", again)
	}
	name := folder.Children[1]
	if !name.Required || name.Type != "string or null (date)" || len(name.Limits) != 1 || name.Limits[0] != `one of "a", null` {
		t.Errorf("%+v", name)
	}
	if n, cut := tree("", doc.Components.Schemas["Wide"], place{}); !cut || len(n.Children) >= maxNodes {
		t.Errorf("%d children, cut %t", len(n.Children), cut)
	}
}
