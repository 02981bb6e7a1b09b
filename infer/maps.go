package infer

import (
	"maps"
	"slices"
)

// sortedKeys and sortedInts keep map order out of everything that is decided or written.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
func sortedInts[V any](m map[int]V) []int       { return slices.Sorted(maps.Keys(m)) }
