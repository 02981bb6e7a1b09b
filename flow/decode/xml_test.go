package decode_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// outline writes a tree in short form: name{@attr=value text children}.
func outline(e *decode.Element) string {
	if e == nil {
		return "nothing"
	}
	var b strings.Builder
	b.WriteString(e.Name + "{")
	for _, a := range e.Attrs {
		fmt.Fprintf(&b, "@%s=%s ", a.Name, a.Value)
	}
	b.WriteString(e.Text)
	for _, c := range e.Children {
		b.WriteString(outline(c))
	}
	return b.String() + "}"
}

func TestXML(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"all", "<?xml version=\"1.0\"?>\n<!-- x --><a id=\"1\" xmlns:m=\"urn:m\">\n  <m:b>t &amp; u</m:b><c/><c> <![CDATA[<raw>]]> </c>\n</a>\n", "a{@id=1 @xmlns:m=urn:m m:b{t & u}c{}c{<raw>}}"},
		{"mixed", "<p>one <b>two</b> three</p>", "p{one  threeb{two}}"},
		{"latin 1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>J\xfcrgen</a>", "a{Jürgen}"},
		{"latin 1, undone", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>Jürgen</a>", "a{Jürgen}"},
		{"document type", "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", "a{}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if e, err := decode.XML([]byte(tt.in), true); outline(e) != tt.want || err != nil {
				t.Errorf("%s: %s, %v; want %s", tt.name, outline(e), err, tt.want)
			}
		})
	}
	for _, in := range []string{"", "text", "<a>", "<a></b>", "</a>", "<a/><b/>", "<a>&nope;</a>",
		"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "<a x=1/>",
		"<?xml version=\"1.0\" encoding=\"klingon\"?><a>\xfc</a>"} {
		if e, err := decode.XML([]byte(in), true); err == nil || errors.Is(err, decode.ErrXMLSize) ||
			strings.Contains(err.Error(), "passwd") {
			t.Errorf("%q: %s, %v", in, outline(e), err)
		}
	}
	for in, want := range map[string]string{
		"<a>\n<b x=1/></a>": "line 2: not XML", "<a>\n\n</b>": "line 3: end tag without start tag", "<a/></a>": "line 1: end tag without start tag",
		"<a/>\n<b/>": "more than one root element", "<m:a></a>": "line 1: end tag without start tag", "<a>\n": "line 2: not XML",
	} {
		if _, err := decode.XML([]byte(in), true); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
	for in, want := range map[string]bool{
		"<a/>": true, "<a xmlns='u' xmlns:b='u' xsi:nil='true'> </a>": true, "<a x=''/>": false, "<a xmlnsx=''/>": false, "<a><b/></a>": false, "<a>t</a>": false,
	} {
		if e, err := decode.XML([]byte(in), true); err != nil || e.IsEmpty() != want {
			t.Errorf("%s is empty: %t, %v", in, !want, err)
		}
	}
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	many := func(n int) string { return "<a>" + strings.Repeat("<b/>", n-1) + "</a>" }
	for name, tt := range map[string]struct {
		in   string
		want error
	}{
		"as deep as may be": {deep(200), nil}, "deeper": {deep(201), decode.ErrXMLSize}, "as many as may be": {many(200_000), nil}, "one more": {many(200_001), decode.ErrXMLSize},
	} {
		if _, err := decode.XML([]byte(tt.in), true); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	for in, want := range map[string]string{ // truncated
		"<p>one <b>two</b> thr": "p{b{two}}", "<p>one <b>tw": "p{}", "<p><a/><b>t<c/>": "p{a{}b{c{}}}", "<p x='1'>t": "p{@x=1 }", "<p><a>1</a></p>": "p{a{1}}", "<p": "nothing", "": "nothing",
	} {
		if e, err := decode.XML([]byte(in), false); outline(e) != want || err != nil {
			t.Errorf("%s, truncated: %s, %v, want %s", in, outline(e), err, want)
		}
	}
}

// TestXMLTruncated truncates a document at any byte: the tree holds only complete values of the
// document.
func TestXMLTruncated(t *testing.T) {
	const doc = `<order id="12"><name>Jane</name><items><item sku="A1"><qty>22</qty></item><item sku="A2"/></items><note>late</note></order>`
	for n := range len(doc) {
		e, err := decode.XML([]byte(doc[:n]), false)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		got := outline(e)
		for _, half := range []string{"{J}", "{Ja}", "{Jan}", "{2}", "{l}", "{la}", "{lat}"} {
			if strings.Contains(got, half) {
				t.Errorf("cut at %d: %s", n, got)
			}
		}
		if n > 40 && !strings.Contains(got, "name{Jane}") {
			t.Errorf("cut at %d: %s", n, got)
		}
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte("<a b='c'>d<e/></a>"), true)
	f.Add([]byte("<a><b>"), false)
	f.Fuzz(func(t *testing.T, data []byte, complete bool) {
		e, err := decode.XML(data, complete)
		if complete && err == nil && e == nil {
			t.Error("nothing, and no error")
		}
	})
}
