package schema

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// lowerWords writes a name as lower-case words joined by _, so that repoName and repo_name compare
// equal.
func lowerWords(name string) string { return strings.Join(noun.Words(name), "_") }

// valueTypes are records of two properties, given by name, that are the same value everywhere: a
// price, a total and a minimum are money.
var valueTypes = map[string]string{
	"amount currency":    "Money",
	"currency value":     "Money",
	"latitude longitude": "Coordinates",
	"lat lng":            "Coordinates",
	"lat lon":            "Coordinates",
	"x y":                "Point",
	"height width":       "Size",
	"max min":            "Range",
	"from to":            "Range",
	"unit value":         "Quantity",
	"key value":          "KeyValue",
	"name value":         "NameValue",
}

// valueTypeName returns the name of a record that is such a value, or "".
func (g *graph) valueTypeName(c int32) string {
	ps := g.clusters[c].members
	if len(ps) != 2 || g.clusters[c].isMap || g.clusters[c].pool >= 0 {
		return ""
	}
	a, b := g.lowerNames[ps[0].name], g.lowerNames[ps[1].name]
	return valueTypes[min(a, b)+" "+max(a, b)]
}

// pascalCase writes lower-case words as a type name: repo_list becomes RepoList. Characters that a
// component name may not contain are dropped, which may be all.
func pascalCase(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		switch {
		case r == '_' || r == '-' || r == '.':
			up = true
		case r >= 'a' && r <= 'z':
			if up {
				r -= 'a' - 'A'
			}
			b.WriteRune(r)
			up = false
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
			up = r <= '9'
		}
	}
	s := b.String()
	if s != "" && s[0] <= '9' {
		return "N" + s
	}
	return s
}

// wordSet returns the set of the words in a text.
func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}
