package serialize

import (
	"encoding/xml"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// TestXML writes values by the XML Objects of their schemas.
func TestXML(t *testing.T) {
	const text = `"type":"string"`
	for _, tt := range []struct{ name, schema, value, want string }{
		{"a text", `{` + text + `}`, `"a<b&c"`, `<root>a&lt;b&amp;c</root>`},
		{"a number", `{}`, `1.50`, `<root>1.50</root>`},
		{"members in their order", `{}`, `{"b":1,"a":{"c":true}}`, `<root><b>1</b><a><c>true</c></a></root>`},
		{"a name", `{"xml":{"name":"thing"}}`, `{}`, `<thing></thing>`},
		{"a prefix", `{"xml":{"prefix":"p","namespace":"urn:x&y"}}`, `{}`, `<p:root xmlns:p="urn:x&amp;y"></p:root>`},
		{"a namespace", `{"xml":{"name":"n","namespace":"urn:x"}}`, `"t"`, `<n xmlns="urn:x">t</n>`},
		{"an attribute", `{"properties":{"id":{"xml":{"attribute":true}},"n":{"xml":{"name":"m"}}}}`, `{"n":1,"id":"a\"b"}`, `<root id="a&#34;b"><m>1</m></root>`},
		{"two attributes of one namespace", `{"properties":{"a":{"xml":{"attribute":true,"prefix":"p","namespace":"urn:p"}},"b":{"xml":{"attribute":true,"prefix":"p","namespace":"urn:p"}}}}`,
			`{"a":1,"b":2}`, `<root xmlns:p="urn:p" p:a="1" p:b="2"></root>`},
		{"an attribute of the namespace of its element", `{"xml":{"prefix":"p","namespace":"urn:p"},"properties":{"a":{"xml":{"attribute":true,"prefix":"p","namespace":"urn:p"}}}}`,
			`{"a":1}`, `<p:root xmlns:p="urn:p" p:a="1"></p:root>`},
		{"an attribute with a namespace alone", `{"properties":{"a":{"xml":{"attribute":true,"namespace":"urn:p"}}}}`, `{"a":1}`, `<root a="1"></root>`},
		{"a text beside attributes", `{"properties":{"t":{"xml":{"` + openapi.ExtXMLText + `":true}},"id":{"xml":{"attribute":true}}}}`, `{"id":1,"t":"x"}`, `<root id="1">x</root>`},
		{"an array", `{"type":"array","items":{"xml":{"name":"i"}}}`, `[1,2]`, `<root><i>1</i><i>2</i></root>`},
		{"an array without names", `{"type":"array"}`, `[1,{"a":2}]`, `<root><item>1</item><item><a>2</a></item></root>`},
		{"an array of a member", `{"properties":{"l":{"type":"array","items":{` + text + `}}}}`, `{"l":["a","b"]}`, `<root><l>a</l><l>b</l></root>`},
		{"an empty array of a member", `{"properties":{"l":{"type":"array"}}}`, `{"l":[]}`, `<root></root>`},
		{"a wrapped array", `{"properties":{"l":{"type":"array","xml":{"wrapped":true,"name":"list"},"items":{"xml":{"name":"i"}}}}}`, `{"l":["a","b"]}`, `<root><list><i>a</i><i>b</i></list></root>`},
		{"a wrapped array without names", `{"properties":{"l":{"type":"array","xml":{"wrapped":true}}}}`, `{"l":["a"]}`, `<root><l><l>a</l></l></root>`},
		{"white space", `{}`, `"a\tb"`, `<root>a&#x9;b</root>`},
	} {
		v := must.Get(orderedjson.Decode([]byte(tt.value)))
		got, err := writeXML(schemaOf(t, tt.schema), v)
		if err != nil || string(got) != xml.Header+tt.want {
			t.Errorf("%s: %s, %v\nwant %s", tt.name, got, err, tt.want)
		}
	}
	named := &openapi3.SchemaRef{Ref: "#/components/schemas/Pets", Value: &openapi3.Schema{Items: &openapi3.SchemaRef{Ref: "#/components/schemas/Pet", Value: &openapi3.Schema{}}}}
	got, err := writeXML(named, []any{"a"})
	if want := `<Pets><Pet>a</Pet></Pets>`; err != nil || string(got) != xml.Header+want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}
