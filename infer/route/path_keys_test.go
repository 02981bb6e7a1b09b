package route

import "testing"

func TestNamedKeys(t *testing.T) {
	for _, c := range []struct{ text, template string }{
		{"Items(Order='7',Line='20')", "/Items(Order='{Order}',Line='{Line}')"},
		{"Items(Order='A',Line=20)", "/Items(Order='{Order}',Line={Line})"},
		{"Prices(Shop='a',Item='b',From=datetime'2024-01-01',Net=true,Sum=18.00M)", "/Prices(Shop='{Shop}',Item='{Item}',From=datetime'{From}',Net={Net},Sum={Sum})"},
		{"microsoft.graph.range(address='A1:B2')", "/microsoft.graph.range(address='{address}')"},
		{"microsoft.graph.delta()", "/microsoft.graph.delta()"},
		{"Items(Order=all,Line=none)", "/Items(Order=all,Line=none)"}, // the arguments of a function
		{"Items(Order='7')", "/Items(Order='{Order}')"},
	} {
		tree := newTestTree()
		add(tree, &Exchange{Method: "GET", Path: "/" + c.text, Status: 200})
		got := tree.Templates(Options{})
		if len(got) != 1 || got[0].String() != c.template {
			t.Errorf("%s: got %v, want %s", c.text, got, c.template)
		} else if Match(got, "/"+c.text) == nil {
			t.Errorf("%s does not match %s", c.text, c.template)
		}
	}
}

func TestHardwareAddressHasNoVerb(t *testing.T) {
	if s := parseSegment("3C:5A:B4:01:9E:AD", 1, false); s.shape != shapeIP || s.label != sharedLabel(shapeIP, "", "") {
		t.Errorf("got shape %v, label %q", s.shape, s.label)
	}
}
