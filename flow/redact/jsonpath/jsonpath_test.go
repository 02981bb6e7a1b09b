package jsonpath

import (
	"strings"
	"testing"
)

// A path that is not understood as a whole is refused, and the error says where: half of it would
// select something else than was meant.
func TestParseRefuses(t *testing.T) {
	for path, want := range map[string]string{
		"": "must start with $", "card": "must start with $", " $.a": "must start with $",
		"$": "names the whole body", "$a": `unexpected "a"`, "$.a b]": `unexpected "]"`, "$.a'b": `unexpected "'"`, `$.a"b`: `unexpected "\""`,
		"$['card": "unclosed bracket", "$['card'": "unclosed bracket", `$["card']`: "unclosed bracket", "$['": "unclosed bracket", "$.a['b": "unclosed bracket",
		"$[0": "unclosed bracket", "$[": "unclosed bracket", "$..['a": "unclosed bracket",
		"$[a]": `index "a": must be a number, * or a quoted name`, "$[-1]": `index "-1": must be`, "$[1:2]": `index "1:2": must be`, "$[]": `index "": must be`,
		"$[4294967296]": `index "4294967296": must be`, "$[?(@.a)]": `index "?(@.a)": must be`,
		"$.": "empty name", "$..": "empty name", "$.a.": "empty name", "$['']": "empty name", "$...a": "empty name", "$[0]a": `unexpected "a"`, "$['a']b": `unexpected "b"`,
	} {
		p, err := Parse(path)
		if err == nil || !strings.HasPrefix(err.Error(), want) || p != nil {
			t.Errorf("%s: %v, %v, want %q", path, p, err, want)
		}
	}
}

// A path selects what it names and all below, in any case of letters.
func TestSelects(t *testing.T) {
	for path, places := range map[string]map[string]bool{
		"$.Card":        {"card": true, "card/number": true, "a/card": false, "cards": false, "": false},
		"$['card']":     {"card": true, "a": false},
		`$["a]b"].c`:    {"a]b/c": true, "a]b": false},
		"$['a']['b']":   {"a/b": true, "a/b/c": true, "b/a": false},
		"$.a.*.c":       {"a/x/c": true, "a/0/c": true, "a/c": false, "a/x/y/c": false},
		"$.a[*]":        {"a/0": true, "a/x": true, "a": false},
		"$[0].a":        {"0/a": true, "1/a": false, "a": false},
		"$[4294967295]": {"4294967295": true},
		"$..a":          {"a": true, "x/a": true, "x/y/a/z": true, "x/b": false},
		"$..['a'].b":    {"a/b": true, "x/a/b": true, "a/x/b": false},
		"$..[0]":        {"0": true, "x/0": true, "1": false},
		"$.a..b":        {"a/b": true, "a/x/b": true, "x/b": false},
		"$.a-b":         {"a-b": true},
	} {
		p, err := Parse(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		for place, want := range places {
			var at []string
			if place != "" {
				at = strings.Split(place, "/")
			}
			if got := p.Selects(at); got != want {
				t.Errorf("%s selects %s: %v", path, place, got)
			}
		}
	}
	all := AnyDepth("Card")
	if !all.Selects([]string{"x", "card", "y"}) || all.Selects([]string{"x"}) || !(Path{}).Selects(nil) {
		t.Error("a member at any depth")
	}
}
