package route

import (
	"bytes"
	"fmt"
	"testing"
)

// TestFactsHoldNoValues plants values everywhere and looks for them in the encoded facts.
func TestFactsHoldNoValues(t *testing.T) {
	secrets := []string{"sk_live_4eC39HqLyjWDarjtT1zdp7dc", "ann.lee@example.com", "hunter2-and-more",
		"4111111111111111", "078-05-1120", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
		"123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}
	tree := newTestTree()
	for _, s := range secrets {
		path := "/users/" + s
		if s == "hunter2-and-more" { // looks like a word; only the caller can keep it out of paths
			path = "/login"
		}
		add(tree, &Exchange{Method: "POST", Path: path, Status: 201, Location: "https://x.example/sessions/" +
			secrets[0], HasBody: true,
			Scalars: []Scalar{{Field: "id", Text: s, Depth: 1}, {Field: s, Text: "x"},
				{Field: "name", Owner: s, Text: "y"}, {Field: "items", Text: s, Item: true},
				{Field: "url", Text: "https://x.example/reset/" + secrets[0] + "?key=" + s}},
			Request: []Scalar{{Field: "password", Text: s}}, Keys: []string{"id", s}})
		add(tree, &Exchange{Method: "GET", Path: "/files/" + secrets[0] + ".json", Status: 200})
	}
	b := encode(t, tree)
	for _, s := range secrets {
		if s != "hunter2-and-more" && bytes.Contains(b, []byte(s)) {
			t.Errorf("the facts hold %q", s)
		}
	}
	if !bytes.Contains(b, []byte("users")) {
		t.Error("the facts hold no words: the test looks in the wrong place")
	}
	for _, x := range tree.Templates(Options{}) {
		text := fmt.Sprintf("%+v", x) + x.String()
		for _, p := range x.Params() {
			text += fmt.Sprintf("%+v", *p)
		}
		for _, s := range secrets {
			if bytes.Contains([]byte(text), []byte(s)) {
				t.Errorf("the template %s holds %q", x.String(), s)
			}
		}
	}
}
