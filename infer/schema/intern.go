package schema

import (
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
)

// names remembers what the names of properties say, and gives equal ones one string: they come again and again, in
// many places.
type names struct{ m map[string]nameFacts }

// nameFacts is what the name of a property says of it.
type nameFacts struct {
	name string
	hash uint64
	keep bool // see mayKeep
}

const manyNames = 4096

// of looks into a name; ok is false for one that is data, which is not remembered.
func (n *names) of(name []byte) (f nameFacts, ok bool) {
	if f, ok := n.m[string(name)]; ok {
		return f, true
	}
	if isDataKey(name) || redact.Sensitive("", string(name)) {
		return nameFacts{}, false
	}
	if n.m == nil || len(n.m) == manyNames {
		n.m = map[string]nameFacts{}
	}
	s := string(name)
	f = nameFacts{s, sketch.Hash(s), mayKeep(s)}
	n.m[s] = f
	return f, true
}
