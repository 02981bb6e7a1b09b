package route

import (
	"strings"

	"github.com/spectap/spectap/infer/noun"
)

// style is how an API writes names, judging by the properties of its bodies.
type style struct {
	bareReferences bool // references are called customer, not customer_id
	byName         bool // nearly all things are identified by their name
	snakeCase      bool // words are joined with _, not in camelCase
}

// join joins words in the API's style.
func (s style) join(words []string) string {
	if s.snakeCase {
		return strings.Join(words, "_")
	}
	return noun.Camel(words...)
}

// readStyle finds out how bodies refer to the things that paths name, as customer or as
// customer_id, and how names are joined.
func (n *namer) readStyle(all []*level) {
	bare, id := map[string]bool{}, map[string]bool{}
	for _, p := range all {
		base := noun.Fold(noun.Singular(p.collectionNoun()))
		if base == "" || vocabularyWords[base] {
			continue
		}
		if n.fieldNames[base+"id"] {
			id[base] = true
		}
		for w := range ownIDWords {
			if n.fieldNames[base+w] {
				id[base] = true
			}
		}
		for _, u := range n.holders[p] {
			if noun.Fold(strings.TrimSuffix(u.Field, "[]")) == base {
				bare[base] = true
			}
		}
		if n.idFieldNames[base] {
			bare[base] = true
		}
	}
	n.style.bareReferences = len(bare) >= 2 && len(bare) > 2*len(id)
	named, other, containing := 0, 0, 0
	for _, p := range all {
		switch n.mainField(p) {
		case "":
		case "name":
			named++
			containing += boolToInt(n.hasParamBelow[p])
		default:
			other++
		}
	}
	// Where named things contain named things, the name alone does not say whose it is.
	n.style.byName = named >= 3 && named > 2*other && 8*containing <= named
	snake, hump := 0, 0
	for _, f := range n.decider.tree.index.fields.entries {
		name := fieldTail(f.name)
		switch words := noun.Words(strings.TrimSuffix(name, "[]")); {
		case len(words) < 2 || !isName(strings.TrimSuffix(name, "[]")):
		case strings.Contains(name, "_"):
			snake++
		case !strings.Contains(name, "-"):
			hump++
		}
	}
	n.style.snakeCase = snake > hump
}
