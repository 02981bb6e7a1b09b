package infer

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys keeps map order out of everything that is decided or encoded.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
