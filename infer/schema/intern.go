package schema

import (
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
)

// names remembers what the names of properties say, and gives equal ones one string: they come again and again, in
// many places.
type names struct{ m map[string]*nameFacts }

// nameFacts is what the name of a property says of it.
type nameFacts struct {
	text string
	hash uint64
	keep bool // see mayKeep
}

const manyNames = 4096

// tags gives equal tags one string. A nil one knows none.
type tags struct{ m map[string]*string }

// of is nil for no tag.
func (t *tags) of(tag []byte) *string {
	if len(tag) == 0 {
		return nil
	}
	if t == nil {
		s := string(tag)
		return &s
	}
	p := t.m[string(tag)]
	if p == nil {
		if t.m == nil || len(t.m) == manyNames {
			t.m = map[string]*string{}
		}
		s := string(tag)
		p = &s
		t.m[s] = p
	}
	return p
}

// of looks into a name; it is nil for one that is data, which is not remembered.
func (n *names) of(name []byte) *nameFacts {
	if f := n.m[string(name)]; f != nil {
		return f
	}
	if isDataKey(name) || redact.Sensitive("", string(name)) {
		return nil
	}
	if n.m == nil || len(n.m) == manyNames {
		n.m = map[string]*nameFacts{}
	}
	s := string(name)
	f := &nameFacts{s, sketch.Hash(s), mayKeep(s)}
	n.m[s] = f
	return f
}
