package schema

import (
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/infer/sketch"
)

// names remembers what the names of properties say, and gives equal ones one string: they come again and again, in
// many places.
type nameTable struct{ facts map[string]*nameFacts }

// nameFacts is what the name of a property says of it.
type nameFacts struct {
	text      string
	hash      uint64
	keepsText bool // see mayKeep
}

const maxInterned = 4096

// tags gives equal tags one string. A nil one knows none.
type tagTable struct{ texts map[string]*string }

// of is nil for no tag.
func (t *tagTable) lookup(tag []byte) *string {
	if len(tag) == 0 {
		return nil
	}
	if t == nil {
		s := string(tag)
		return &s
	}
	p := t.texts[string(tag)]
	if p == nil {
		if t.texts == nil || len(t.texts) == maxInterned {
			t.texts = map[string]*string{}
		}
		s := string(tag)
		p = &s
		t.texts[s] = p
	}
	return p
}

// of looks into a name; it is nil for one that is data, which is not remembered.
func (n *nameTable) lookup(name []byte) *nameFacts {
	if f := n.facts[string(name)]; f != nil {
		return f
	}
	if isDataKey(name) || redact.Sensitive("", string(name)) {
		return nil
	}
	if n.facts == nil || len(n.facts) == maxInterned {
		n.facts = map[string]*nameFacts{}
	}
	s := string(name)
	f := &nameFacts{s, sketch.Hash(s), canKeepText(s)}
	n.facts[s] = f
	return f
}
