package merge

import (
	"slices"
	"strings"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/openapi/yamledit"
)

// Result is what [Merge] returns.
type Result struct {
	Text []byte // the merged document
	// Unplaced lists what traffic shows and the merged document does not say, in the order of the
	// document.
	Unplaced []Unplaced
	// Written are the objects that exports wrote, this one and those before.
	Written Written
}

// Unplaced is something in the traffic without a place in the existing document.
type Unplaced struct {
	Place  string // such as "GET /users/{id}, response 200, application/json"
	What   string // such as "property name"
	Reason string
}

// enter notes that a place is merged, until leave is called.
func (m *merger) enter(place string) (leave func()) {
	m.at = append(m.at, place)
	return func() { m.at = m.at[:len(m.at)-1] }
}

// skip notes that something has no place where the merger is.
func (m *merger) skip(what, reason string) {
	u := Unplaced{strings.Join(m.at, ", "), what, reason}
	if !slices.Contains(m.unplaced, u) {
		m.unplaced = append(m.unplaced, u)
	}
}

// contradicts reports whether no value of an inferred schema is of a type that old admits.
func (m *merger) contradicts(old, inferred *yaml.Node) bool {
	theirs, foreign := foreignTypes(old, inferred)
	for _, t := range foreign {
		m.skip("type "+t, "the schema has type "+strings.Join(notNull(old), ", "))
	}
	return len(foreign) > 0 && len(foreign) == len(theirs)
}

// foreignTypes returns the types of an inferred schema, and those of them that old does not admit,
// without null.
func foreignTypes(old, inferred *yaml.Node) (all, foreign []string) {
	all, ours := notNull(inferred), notNull(old)
	if len(ours) == 0 {
		return all, nil
	}
	for _, t := range all {
		if !slices.Contains(ours, t) && (t != "integer" || !slices.Contains(ours, "number")) {
			foreign = append(foreign, t)
		}
	}
	return all, foreign
}

func notNull(n *yaml.Node) []string {
	return slices.DeleteFunc(typesOf(n), func(t string) bool { return t == "null" })
}

// keywordsOf lists the keywords of a schema that say what it is.
func keywordsOf(n *yaml.Node) string {
	var out []string
	for _, key := range []string{"type", "enum", "const", "oneOf", "anyOf", "not"} {
		if v := yamledit.Get(n, key); v != nil {
			if key == "type" {
				key += " " + strings.Join(typesOf(n), ", ")
			}
			out = append(out, key)
		}
	}
	return strings.Join(out, ", ")
}
