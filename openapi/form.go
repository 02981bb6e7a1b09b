package openapi

import (
	"slices"
	"strings"
)

// maxBrackets bounds how deep the names of a form nest.
const maxBrackets = 64

// BracketKeys splits the name of a field of a form into its keys: a[b][0] into a, b, 0. A name with
// unbalanced brackets is one key.
func BracketKeys(name string) []string {
	head, rest, ok := strings.Cut(name, "[")
	if !ok || head == "" || !strings.HasSuffix(rest, "]") {
		return []string{name}
	}
	keys := append([]string{head}, strings.Split(rest[:len(rest)-1], "][")...)
	hasBracket := func(key string) bool { return strings.ContainsAny(key, "[]") }
	if len(keys) > maxBrackets || slices.ContainsFunc(keys[1:], hasBracket) {
		return []string{name}
	}
	return keys
}
