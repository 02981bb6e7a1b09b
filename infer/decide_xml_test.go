package infer_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

func TestXMLBodies(t *testing.T) {
	var fs []flow.Flow
	for i := range 8 {
		items := strings.Repeat(fmt.Sprintf(`<item sku="A1"><qty>%d</qty></item>`, i+2), i%3+1)
		order := fmt.Sprintf(`<order xmlns="urn:o" id="%d"><type>gift</type><items>%s</items><total currency="EUR">%d.50</total></order>`, i, items, i)
		fs = append(fs,
			call("GET", fmt.Sprintf("/orders/%d", i), 200, "", "", "application/xml", order),
			call("POST", "/soap", 200, "text/xml; charset=utf-8", `<s:Envelope xmlns:s="urn:s"><s:Body><m:Get xmlns:m="urn:m"/></s:Body></s:Envelope>`, "text/xml", `<s:Envelope xmlns:s="urn:s"><s:Body><m:Got xmlns:m="urn:m">1</m:Got></s:Body></s:Envelope>`),
			call("GET", "/mixed", 200, "", "", "application/xml", []string{"<ok/>", "<error><code>5</code></error>", "<ok>yes</ok>"}[i%3]))
	}
	d := soundBoth(t, fs)
	s := operation(t, d, "GET", "/orders/{orderId}").Responses[0].Content[0].Schema
	if s.XML == nil || *s.XML != (schema.XML{Name: "order", Namespace: "urn:o"}) {
		t.Errorf("root: %+v", s.XML)
	}
	if id := property(t, d, s, "id"); id.Kind != schema.Integer || id.XML == nil || !id.XML.Attribute {
		t.Errorf("id: %+v", id)
	}
	items := property(t, d, s, "items")
	isWrapped := items.Kind == schema.Array && items.XML != nil && items.XML.Wrapped && items.Items.XML.Name == "item"
	if !isWrapped || property(t, d, items.Items, "qty").Kind != schema.Integer {
		t.Errorf("items: %+v", items)
	}
	if text := property(t, d, property(t, d, s, "total"), "text"); text.Kind != schema.Number || !text.XML.Text {
		t.Errorf("total: %+v", text)
	}
	soap := operation(t, d, "POST", "/soap").Request.Content[0].Schema
	if *soap.XML != (schema.XML{Name: "Envelope", Prefix: "s", Namespace: "urn:s"}) {
		t.Errorf("soap: %+v", soap.XML)
	}
	if body := property(t, d, soap, "s:Body"); *body.XML != (schema.XML{Name: "Body", Prefix: "s", Namespace: "urn:s"}) {
		t.Errorf("soap body: %+v", body.XML)
	}
	if mixed := operation(t, d, "GET", "/mixed").Responses[0].Content[0].Schema; len(mixed.AnyOf) != 2 {
		t.Errorf("mixed: %+v", mixed)
	}
	// The path parameter gets its name from the bodies, as it does from JSON.
	if q := operation(t, d, "GET", "/orders/{orderId}").Params[0]; q.Schema.Kind != schema.Integer {
		t.Errorf("%+v", q)
	}
}

// TestXMLNamespaces checks which attributes declare the namespace of a prefix, at any depth: none if
// it has several.
func TestXMLNamespaces(t *testing.T) {
	for _, tt := range []struct{ name, document, prefix, space string }{
		{"default", `<a xmlns="urn:a"/>`, "", "urn:a"},
		{"prefix", `<p:a xmlns:p="urn:a" xmlns="urn:b"/>`, "p", "urn:a"},
		{"no prefix", `<a xmlns:p="urn:a"/>`, "", ""},
		{"below", `<p:a><b><c xmlns:p="urn:c"/></b></p:a>`, "p", "urn:c"},
		{"two meanings", `<p:a xmlns:p="urn:a"><b xmlns:p="urn:b"/></p:a>`, "p", ""},
		{"an attribute whose name only begins so", `<p:a xmlnsp="urn:a" xmlns-p="urn:b"/>`, "p", ""},
	} {
		fs := []flow.Flow{call("GET", "/a", 200, "", "", "text/xml", tt.document)}
		x := operation(t, modelOf(fs).Document(infer.Options{}), "GET", "/a").Responses[0].Content[0].Schema.XML
		if x == nil || x.Prefix != tt.prefix || x.Namespace != tt.space {
			t.Errorf("%s: got %+v", tt.name, x)
		}
	}
}

func TestXMLMalformed(t *testing.T) {
	fs := []flow.Flow{call("GET", "/a", 200, "", "", "text/xml", "<a/>"), call("GET", "/a", 200, "", "", "text/xml", "<a>")}
	if d := soundBoth(t, fs); len(d.Excluded) != 1 || d.Excluded[0].Count != 1 {
		t.Errorf("%+v", d.Excluded)
	}
}

// element draws an element. There are few names, so that elements share them.
func element(t *rapid.T, depth int) string {
	name := rapid.SampledFrom([]string{"a", "b", "type", "m:id", "value"}).Draw(t, "name")
	attrs := ""
	for _, a := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"id", "a", "type", "xml:lang"}), 0, 2, rapid.ID[string]).Draw(t, "attrs") {
		attrs += fmt.Sprintf(" %s=%q", a, text(t))
	}
	inside := text(t)
	if depth > 0 {
		for range rapid.IntRange(0, 3).Draw(t, "children") {
			inside += element(t, depth-1)
		}
	}
	if inside == "" {
		return "<" + name + attrs + "/>"
	}
	return "<" + name + attrs + ">" + inside + "</" + name + ">"
}

func text(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "x", "12", "true", "1.5", "2024-01-01", "open"}).Draw(t, "text")
}

// TestSoundXML holds the second law for random XML documents.
func TestSoundXML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var fs []flow.Flow
		for range rapid.IntRange(1, 8).Draw(t, "flows") {
			fs = append(fs, call("PUT", "/x", 200, "application/xml", element(t, 3), "text/xml", element(t, 3)))
		}
		for i := range fs {
			t.Logf("flow %d: request %s, response %s", i, fs[i].Request.Body.Data, fs[i].Response.Body.Data)
		}
		sound(t, fs, rapid.SampledFrom([]string{"3.0", "3.1"}).Draw(t, "version"))
	})
}

// TestEmptyFields holds that a field of a form that may be empty accepts "" besides its other
// values.
func TestEmptyFields(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		full := fmt.Sprintf("count=%d&on=true&at=2024-01-0%d", i, i+1)
		fs = append(fs, call("POST", "/f", 200, form, full, "", ""),
			call("POST", "/f", 200, form, "count=&on=&at=", "", ""))
	}
	soundBoth(t, fs)
}

// TestMirroredText holds that an attribute that is always empty in responses has the kind of what
// requests send there, not that of another attribute of the same name.
func TestMirroredText(t *testing.T) {
	var fs []flow.Flow
	for _, p := range [][2]string{
		{`<b><b id="open">true</b></b>`, `>`}, {`>`, `<a><a>open<value><b id="true"/></value></a></a>`},
		{`>`, `<b><b>x<value></value></b></b>`}, {`>`, `<b id="x"/>`}, {`>`, `<m:id>x</m:id>`}, {`>`, `<b>2024-01-01<b id=""/></b>`},
	} {
		fs = append(fs, call("PUT", "/x", 200, "application/xml", p[0], "text/xml", p[1]))
	}
	soundBoth(t, fs)
}
