package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/standin"
)

// placeholder returns the placeholder for a value whose name or header reveals that it is a secret.
func (r *Redactor) placeholder(value string) string {
	kind := kindOf(value)
	r.found.add(kind, value)
	return r.placeholderOfKind(kind, value)
}

// placeholderOfKind returns the placeholder for a value of known kind: the first bytes of the HMAC
// of the value, in hexadecimal.
func (r *Redactor) placeholderOfKind(kind, value string) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(value))
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	p := mark.Prefix + kind + ":" + hex.EncodeToString(sum[:mark.HashLen/2]) + "]"
	if r.standIns != nil {
		r.standIns.Add(p, value, standin.NewHash(r.key, value), acceptOf(kind))
	}
	return p
}

// kindOf returns the kind of a whole value by its form.
func kindOf(value string) string {
	if s, ok := find.First(value, 0, names.Plain); ok && s.Start == 0 && s.End == len(value) && s.Kind != "" {
		return s.Kind
	}
	return mark.Secret
}
