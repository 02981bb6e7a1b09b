package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/antchfx/htmlquery"
	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
	"golang.org/x/net/html"
)

// TestLimitsAreExact accepts what is at a limit, and refuses one more with a text that names it.
func TestLimitsAreExact(t *testing.T) {
	within := func(n int) error {
		_, err := within(t.Context(), func(m *meter) ([]int, error) { m.spend(n); return nil, nil })
		return err
	}
	found := func(kind, expression, body string, isXML bool) error {
		find, err := Compile(kind, expression)
		if err != nil {
			t.Fatal(err)
		}
		_, err = find(t.Context(), body, isXML)
		return err
	}
	decode := func(text string) error { _, err := decodeJSON(text, nil); return err }
	list := func(n int, element string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
	}
	for _, c := range []struct {
		name string
		n    int
		try  func(n int) error
		want string
	}{
		{"steps", maxSteps, within, "the expression takes more than 4000000 steps on this body"},
		{"matches of a selector", maxFound, func(n int) error {
			return found(CSSSelector, "i", strings.Repeat("<i>", min(n, 1))+strings.Repeat("</i><i>", n-1), false)
		},
			"the expression has more than 200000 matches"},
		{"matches of a JSONPath", maxFound, func(n int) error { return found(JSONPath, "$[*]", list(n, "1"), false) }, "more than 200000 matches"},
		{"matches of an XPath", maxFound, func(n int) error { return found(XPath, "/r/i", "<r>"+strings.Repeat("<i/>", n)+"</r>", true) }, "more than 200000 matches"},
		{"tokens of HTML", maxNodes, func(n int) error { return admitHTML(t.Context(), strings.Repeat("<p>", n)) }, "the HTML has more than 2000000 elements"},
		{"elements of XML", maxNodes/2 - 1, func(n int) error { return admitXML(strings.Repeat("<a>", n)) }, "the XML has more than 1000000 elements and texts, or 2000000 attributes"},
		{"attributes of XML", maxNodes - 4, func(n int) error { return admitXML("<a " + strings.Repeat(`b="" `, n) + "/>") }, "2000000 attributes"},
		{"values of JSON", maxNodes - 1, func(n int) error { return decode(list(n, "1")) }, "the JSON has too many values"},
		{"objects of JSON", (maxNodes - 1) / 5, func(n int) error { return decode(list(n, "{}")) }, "the JSON has too many values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.try(c.n); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			if err := c.try(c.n + 1); !errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("above the limit: %v", err)
			}
		})
	}
}

// TestFormattingElements counts one for each element that a parser would open again, until it is
// closed in order.
func TestFormattingElements(t *testing.T) {
	const tokens = maxNodes / 2 // of two nodes each while one element is open
	for _, c := range []struct {
		name, head string
		fits       int
	}{
		{"open", "<b>", tokens - 1},
		{"closed out of order", "<b><p></b>", tokens - 3},
		{"two", "<b><tt>", (maxNodes - 5) / 3},
	} {
		for n, refused := range map[int]bool{c.fits: false, c.fits + 1: true} {
			if err := admitHTML(t.Context(), c.head+strings.Repeat("<p>", n)); (err != nil) != refused {
				t.Errorf("%s, %d: %v", c.name, n-c.fits, err)
			}
		}
	}
	find, err := Compile(CSSSelector, "p")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := find(t.Context(), "</b></i><p>x</p></p></b>", false); err != nil || len(all) != 2 { // </p> opens one
		t.Errorf("stray end tags: %d matches, %v", len(all), err)
	}
}

// TestEveryMoveCounts takes a step for each node that an axis visits.
func TestEveryMoveCounts(t *testing.T) {
	const n = 300
	body := "<r>" + strings.Repeat(`<i a="1" b="2">text</i>`, n) + "</r>"
	xml, err := xmlquery.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]int{
		"//i": 2 * n, "//i/@a": 3 * n, "//i[last()]/preceding-sibling::i": n, "//i[1]/following-sibling::i": n, "//i/..": 3 * n,
		"//i[. = 'x']": 3 * n, "string(//r)": n, "//i/ancestor::*": 3 * n,
	} {
		for name, root := range map[string]xpath.NodeNavigator{"XML": xmlquery.CreateXPathNavigator(xml), "HTML": htmlquery.CreateXPathNavigator(page)} {
			x, err := xpath.Compile(expression)
			if err != nil {
				t.Fatal(err)
			}
			m := &meter{ctx: t.Context(), left: maxSteps}
			if _, err := evaluate(x, &navigator{root, m}); err != nil || maxSteps-m.left < want {
				t.Errorf("%s in %s: %d steps, %v; want %d", expression, name, maxSteps-m.left, err, want)
			}
		}
	}
}

// TestXPathResults shows elements, attributes, texts, comments and values, of XML and HTML.
func TestXPathResults(t *testing.T) {
	const body = `<r xmlns:m="urn:m"><a x="1" m:y="2"><!--no--><![CDATA[t<]]> u </a><m:b/><a> v </a></r>`
	for _, c := range []struct {
		expression string
		isXML      bool
		want       string
	}{
		{"//a[1]", true, `[{<nil> t< u <a x="1" m:y="2"><!--no--><![CDATA[t<]]> u </a> [{x 1} {y 2}] false}]`},
		{"//a[2]/text()", true, "[{<nil> v  [] false}]"},
		{"//comment()", true, "[{<nil> no  [] false}]"},
		{"//*[namespace-uri()='urn:m']", true, "[{<nil>  <m:b></m:b> [] false}]"},
		{"//a/@x", true, "[{<nil> 1  [] false}]"},
		{"count(//a) + 0.5", true, "[{<nil> 2.5  [] false}]"},
		{"boolean(//c)", true, "[{<nil> false  [] false}]"},
		{"//c", true, "[]"},
		{"(//a)[2]", false, "[{<nil> v <a> v </a> [] false}]"},
		{"//*[namespace-uri()='urn:m']", false, "[]"},
		{"string((//a)[2])", false, "[{<nil>  v   [] false}]"},
		{"//a[2]/preceding-sibling::a/@x", true, "[{<nil> 1  [] false}]"},
	} {
		find, err := Compile(XPath, c.expression)
		if err != nil {
			t.Fatal(err)
		}
		all, err := find(t.Context(), body, c.isXML)
		if err != nil {
			t.Fatal(err)
		}
		got := []Match{}
		for _, x := range all {
			m, _ := x.Match()
			got = append(got, m)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", c.expression, got, c.want)
		}
	}
	find, err := Compile(XPath, "//a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := find(t.Context(), "<a><b></a>", true); err == nil {
		t.Error("invalid XML is read")
	}
}

// TestObjectsKeepTheirOrder changes an object as the library of paths does.
func TestObjectsKeepTheirOrder(t *testing.T) {
	o := &object{values: map[string]any{}}
	for i, name := range []string{"b", "a", "b", "c"} {
		o.SetValueForKey(name, i)
	}
	o.RemoveValueForKey("a")
	raw, err := o.MarshalJSON()
	if err != nil || string(raw) != `{"b":2,"c":3}` || fmt.Sprint(o.Keys()) != "[b c]" {
		t.Errorf("%s, %v, %v", raw, o.Keys(), err)
	}
	if _, has := o.ValueForKey("a"); has {
		t.Error("a member that was removed is there")
	}
	o.SetValueForKey("x", func() {})
	if _, err := o.MarshalJSON(); err == nil {
		t.Error("a value without JSON is written")
	}
}

// TestReaderEndsWithContext reads no further when the context has ended.
func TestReaderEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := contextReader{ctx, strings.NewReader("abc")}
	b := make([]byte, 2)
	if n, err := r.Read(b); n != 2 || err != nil {
		t.Error(n, err)
	}
	cancel()
	if n, err := r.Read(b); n != 0 || !errors.Is(err, context.Canceled) {
		t.Error(n, err)
	}
	if err := admitHTML(ctx, "<p>"); !errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestPanicsAreErrors returns the panic of a library as an error without matches.
func TestPanicsAreErrors(t *testing.T) {
	out, err := within(t.Context(), func(*meter) ([]int, error) { panic("broken library") })
	if out != nil || err == nil || err.Error() != "broken library" {
		t.Errorf("%v, %v", out, err)
	}
}
