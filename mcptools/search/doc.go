// Package search finds flows in a store.
//
// An [Index] holds, for each small block of flows, a Bloom filter of the trigrams in their texts. A
// [Query] says which trigrams a text must contain, so a search reads only the flows that may match.
// [Request.Page] reads a search in pages.
//
// The index never reports that a flow matches; its caller reads the flow and decides. It indexes
// redacted texts only, so no search can probe for a secret.
//
// Read index.go first.
package search
