package schema

import (
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/noun"
)

// nameTable caches what property names mean and interns them, because the same names occur at many
// positions.
type nameTable struct{ facts map[string]*nameFacts }

// nameFacts is what follows from the name of a property.
type nameFacts struct {
	text      string
	hash      uint64
	keepsText bool // see canKeepText
	isSecret  bool // values below the name are secret
}

// maxInterned is how many entries a table holds before it is emptied.
const maxInterned = 4096

// tagTable interns tags. A nil tagTable interns nothing.
type tagTable struct{ texts map[string]*string }

// lookup returns the interned tag, or nil if tag is empty.
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

// isSecretName reports whether what stands below a name is secret.
func isSecretName(name string) bool {
	s := rules.ClassOf(name)
	return s == rules.Secret || s == rules.Below
}

// canKeepText reports whether values under a name may be kept as text: redaction takes them for
// harmless, also if the words of the name are divided, as in fullname.
func canKeepText(name string) bool {
	if !rules.CanKeepText(name) {
		return false
	}
	words := noun.Words(name)
	if len(words) == 0 {
		return true
	}
	last := words[len(words)-1]
	for i := 2; i <= len(last)-4 && !noun.IsEnglishWord(last); i++ {
		if !rules.CanKeepText(last[i:]) {
			return false
		}
	}
	return true
}

// lookup returns the facts of a name, or nil if the name is data. Data is not cached.
func (n *nameTable) lookup(name []byte) *nameFacts {
	if f := n.facts[string(name)]; f != nil {
		return f
	}
	if isDataKey(name) || redact.IsSensitive("", string(name)) {
		return nil
	}
	if n.facts == nil || len(n.facts) == maxInterned {
		n.facts = map[string]*nameFacts{}
	}
	s := string(name)
	f := &nameFacts{s, bottomk.Hash(s), canKeepText(s), isSecretName(s)}
	n.facts[s] = f
	return f
}
