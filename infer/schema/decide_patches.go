package schema

import (
	"slices"
	"strings"
)

// patchOperations are the operations of JSON Patch (RFC 6902), which other formats of patches
// (SCIM, RFC 7644) share.
var patchOperations = wordSet(`add copy move remove replace test`)

// findPatches finds the records of requests that are operations on a document: op names one of the
// standard, and value is what the document has at path, so it may be anything.
func (g *graph) findPatches() {
	g.arbitrary = map[int32]bool{}
	for c := range g.clusters {
		if value, ok := g.patchedValue(int32(c)); ok {
			g.arbitrary[value] = true
		}
	}
}

// patchedValue returns the position of the value of an operation of a patch, and reports whether
// the objects of a cluster are such operations.
func (g *graph) patchedValue(c int32) (value int32, ok bool) {
	cl := &g.clusters[c]
	if cl.parent != c || cl.domain != domainRequest && cl.domain != domainPatch || cl.pool >= 0 {
		return 0, false
	}
	value = -1
	hasOperation, hasPath := false, false
	for _, m := range cl.members {
		p := g.findPosition(m.position)
		switch g.names[m.name] {
		case "op":
			hasOperation = g.isPatchOperation(p)
		case "path":
			hasPath = g.positions[p].types == typeString
		case "value":
			value = p
		case "from":
		default:
			return 0, false
		}
	}
	return value, hasOperation && hasPath && value >= 0
}

// isPatchOperation reports whether all values at a position are names of operations.
func (g *graph) isPatchOperation(p int32) bool {
	f := g.pooledFacts(p)
	if g.positions[p].types != typeString || f.strings == nil || f.strings.empty > 0 {
		return false
	}
	texts := f.strings.allTexts()
	if slices.ContainsFunc(texts, func(t string) bool { return !patchOperations[strings.ToLower(t)] }) {
		return false
	}
	return len(texts) > 0
}
