package extract

import (
	"errors"
	"strings"
	"testing"
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
