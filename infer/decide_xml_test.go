package infer_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/schema"
)

// TestXMLDefaultBelowPrefix checks that what stands without a prefix below elements with one gets
// the default namespace, as the calls of SOAP and the lists of CalDAV have it.
func TestXMLDefaultBelowPrefix(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		soap := fmt.Sprintf(`<s:Envelope xmlns:s="urn:s"><s:Body><Add xmlns="urn:calc"><a>%d</a></Add></s:Body></s:Envelope>`, i)
		caldav := fmt.Sprintf(`<C:query xmlns="DAV:" xmlns:C="urn:c"><prop><etag/></prop><href>%d</href><href>b</href><C:filter name="x"/></C:query>`, i)
		fs = append(fs, call("POST", "/soap", 200, "text/xml", soap, "text/xml", "<ok/>"),
			call("POST", "/calendar", 200, "text/xml", caldav, "text/xml", "<ok/>"))
	}
	d := soundBoth(t, fs)
	space := func(s *schema.Schema) string {
		if s.Kind == schema.Array {
			s = s.Items
		}
		if s.XML == nil {
			return ""
		}
		return s.XML.Namespace
	}
	add := property(t, d, property(t, d, operation(t, d, "POST", "/soap").Request.Content[0].Schema, "s:Body"), "Add")
	query := operation(t, d, "POST", "/calendar").Request.Content[0].Schema
	for _, x := range []struct {
		s    *schema.Schema
		want string
	}{{add, "urn:calc"}, {property(t, d, add, "a"), ""}, {property(t, d, query, "prop"), "DAV:"},
		{property(t, d, query, "href"), "DAV:"}, {property(t, d, query, "C:filter"), "urn:c"}} {
		if got := space(x.s); got != x.want {
			t.Errorf("namespace %q, want %q: %+v", got, x.want, x.s)
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

// TestWrappedLists holds that an element is a wrapped list if it has only children of one name,
// several at times, and that it is an object otherwise.
func TestWrappedLists(t *testing.T) {
	const item = `<item><id>1</id></item>`
	for _, tt := range []struct {
		name, items string
		want        bool
	}{
		{"records", item + item, true},
		{"texts", `<item>a</item><item>b</item>`, true},
		{"one record", item, false},
		{"two names", item + item + `<count>2</count>`, false},
		{"an attribute", "", false},
		{"a list in one element", `<item><part>1</part><part>2</part></item>`, false},
		{"a list of lists", `<item><part>1</part><part>2</part></item><item><part>3</part></item>`, true},
	} {
		list := "<list>" + tt.items + "</list>"
		if tt.items == "" {
			list = `<list count="2">` + item + item + `</list>`
		}
		d := soundBoth(t, []flow.Flow{call("GET", "/a", 200, "", "", "application/xml", "<order><id>1</id>"+list+"</order>")})
		s := property(t, d, operation(t, d, "GET", "/a").Responses[0].Content[0].Schema, "list")
		if got := s.Kind == schema.Array && s.XML != nil && s.XML.Wrapped; got != tt.want {
			t.Errorf("%s: %+v", tt.name, s)
		}
		if tt.want && s.Items.XML.Name != "item" {
			t.Errorf("%s: elements are called %+v", tt.name, s.Items.XML)
		}
	}
}

// TestWrappedListsOfComponents holds that a list of records with a component, which has no room for
// the name of its elements, is not written as a wrapped one.
func TestWrappedListsOfComponents(t *testing.T) {
	const item = `<item><id>1</id><name>a</name><size>3</size></item>`
	var fs []flow.Flow
	for i := range 4 {
		fs = append(fs, call("GET", fmt.Sprintf("/boxes/%d", i), 200, "", "", "application/xml", "<box>"+item+"<sum>3</sum></box>"),
			call("GET", "/items", 200, "", "", "application/xml", "<all><items>"+item+item+"</items><page>1</page></all>"))
	}
	d := soundBoth(t, fs)
	s := operation(t, d, "GET", "/items").Responses[0].Content[0].Schema
	if list := property(t, d, property(t, d, s, "items"), "item"); list.Kind != schema.Array || list.Items.Ref == "" {
		t.Errorf("%s", document(t, modelOf(fs), "3.1"))
	}
}

// TestRepeatedInOneOfTwo holds that an element is a list if records of equal properties, of which one
// is written in place of both, have several of it in one place only.
func TestRepeatedInOneOfTwo(t *testing.T) {
	const item = `<item><id>1</id><name>a</name><size>3</size></item>`
	for name, answers := range map[string][2]string{
		"in the first":  {"<box><top>" + item + item + "</top><sum>3</sum></box>", "<all><items>" + item + "</items><page>1</page></all>"},
		"in the second": {"<box><top>" + item + "</top><sum>3</sum></box>", "<all><items>" + item + item + "</items><page>1</page></all>"},
	} {
		d := soundBoth(t, []flow.Flow{call("GET", "/box", 200, "", "", "application/xml", answers[0]), call("GET", "/items", 200, "", "", "application/xml", answers[1])})
		if len(d.Components) != 1 {
			t.Errorf("%s: %d components, want one for both", name, len(d.Components))
		}
	}
	// Here the response repeats what the request has several times.
	soundBoth(t, []flow.Flow{call("PUT", "/x", 200, "application/xml", "<b><b/><b>x</b></b>", "text/xml", "<c><c>x</c><b><b></b></b></c>")})
}
