package naming

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/internal/verb"
)

// joinKinds joins a kind of item with the noun before it, in all paths of an API. Below a
// collection with items, a singular literal with items of its own is a kind of them:
// /tests/api/{id} next to /tests/{id} is an API test. Below an integration and the like, any such
// literal is a kind: /integration/azure is the azure integration.
func joinKinds(paths [][]Segment) {
	hasItems := map[string]bool{} // by path
	for _, p := range paths {
		for i := 1; i < len(p); i++ {
			if p[i].Literal == "" {
				hasItems[pathKey(p[:i])] = true
			}
		}
	}
	for k, p := range paths {
		for i := len(p) - 1; i > 0; i-- {
			above, literal := p[i-1].Literal, p[i].Literal
			isItem := noun.IsPlural(above) && hasItems[pathKey(p[:i])] && hasItems[pathKey(p[:i+1])]
			if !isKind(literal) || !isItem && !isOfProducts(above) {
				continue
			}
			joined := slices.Clone(p)
			joined[i-1].Literal = literal + "-" + strings.Join(noun.Words(above), "-")
			paths[k] = slices.Delete(joined, i, i+1)
			break
		}
	}
}

// pathKey identifies a part of a path by its literals.
func pathKey(segments []Segment) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + s.Literal)
	}
	return b.String()
}

// isKind reports whether a literal may be a kind of what stands before it.
func isKind(literal string) bool {
	return literal != "" && len(noun.Words(literal)) == 1 && !noun.IsPlural(literal) && !verb.Is(literal) &&
		!IsVersion(literal) && !IsCurrent(literal) && !isAdjective(literal) && !isParticiple(literal) && !isConfiguration(literal)
}

// isOfProducts reports whether the things that a noun names are known by products and services.
func isOfProducts(literal string) bool {
	switch noun.Singular(literal) {
	case "integration", "connector", "plugin", "addon":
		return true
	}
	return false
}
