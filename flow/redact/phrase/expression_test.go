package phrase

import "testing"

// TestExpression checks which part of an expression of a programming language or a shell is the
// secret: what it prints, wraps or quotes, not the name of a variable.
func TestExpression(t *testing.T) {
	for text, want := range map[string]string{
		"$(echo swordfish)":               "swordfish",
		"$(echo 'sword fish')":            "sword fish",
		"$(echo \"sword fish\" | tr a b)": "sword fish",
		"$(echo \"$name of\")":            "",
		"$(echo 'swordfish":               "swordfish",
		"$(echo '":                        "",
		"$(echo abcd)":                    "abcd",
		"$(echo abc)":                     "",
		"$(echo $name)":                   "",
		"$(pass show swordfish)":          "",
		"$'swordfish'":                    "swordfish",
		"$'abcd'":                         "abcd",
		"$'abc'":                          "",
		"$'swordfish":                     "",
		"q(swordfish)":                    "swordfish",
		"qq{swordfish}":                   "swordfish",
		"q()":                             "",
		"q(swordfish":                     "",
		`r#"swordfish"#`:                  "swordfish",
		"String.raw`swordfish`":           "swordfish",
		"new String('swordfish')":         "swordfish",
		"":                                "",
		"name":                            "",
	} {
		sp, ok := Expression(text, 0)
		got := ""
		if ok {
			got = text[sp.Start:sp.End]
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
