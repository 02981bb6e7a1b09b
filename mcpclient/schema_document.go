package mcpclient

import (
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// document is the schema of a tool, to which the references in it refer. It is not safe for
// concurrent use.
type document struct {
	raw     json.RawMessage
	objects map[jsontext.Pointer]map[string]json.RawMessage // that references led through
	left    int                                             // bytes that may still be decoded
}

// Bounds on what a schema may cost. What is beyond them counts as if it were not there.
const (
	// maxDecoded bounds the bytes that are decoded for one command. Many places may refer to one
	// schema, and each decodes it.
	maxDecoded = 32 << 20
	maxPointer = 64 // tokens of a reference
)

func newDocument(raw []byte) *document {
	return &document{raw: raw, objects: map[jsontext.Pointer]map[string]json.RawMessage{}, left: maxDecoded}
}

// decode decodes a part of the document. It reports false if it cannot, or may not.
func (d *document) decode(raw []byte, v any) bool {
	if len(raw) > d.left {
		return false
	}
	d.left -= len(raw)
	return json.Unmarshal(raw, v) == nil
}

// resolve returns the schema that a reference within the document (#/…) refers to, nil if there is
// none.
func (d *document) resolve(ref string) json.RawMessage {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' || strings.Count(pointer, "/") > maxPointer {
		return nil
	}
	at, path := d.raw, jsontext.Pointer("")
	for token := range jsontext.Pointer(pointer).Tokens() {
		object, ok := d.objects[path]
		if !ok {
			d.decode(at, &object)
			d.objects[path] = object
		}
		at, path = object[token], path.AppendToken(token)
	}
	return at
}
