// Package verb knows the English verbs that API paths end in.
//
// Read verb.go first; verbs.txt is the list.
package verb

import (
	_ "embed"
	"strings"
)

//go:embed verbs.txt
var list string

// verbs holds the verbs that API paths end in.
var verbs = func() map[string]bool {
	m := map[string]bool{}
	for v := range strings.FieldsSeq(list) {
		m[v] = true
	}
	return m
}()

// Is reports whether a word in lower case is a verb that API paths end in, such as "copy".
func Is(word string) bool { return verbs[word] }
