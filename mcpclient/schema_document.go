package mcpclient

import (
	"encoding/json"
	"strings"
)

// document is the schema of a tool, to which the references in it refer. It is not safe for
// concurrent use.
type document struct {
	raw     json.RawMessage
	objects map[string]map[string]json.RawMessage // that references led through, by their pointers
	left    int                                   // bytes that may still be decoded
}

// Bounds on what a schema may cost. What is beyond them counts as if it were not there.
const (
	// maxDecoded bounds the bytes that are decoded for one command. Many places may refer to one
	// schema, and each decodes it.
	maxDecoded = 32 << 20
	maxPointer = 64 // tokens of a reference
)

func newDocument(raw json.RawMessage) *document {
	return &document{raw: raw, objects: map[string]map[string]json.RawMessage{}, left: maxDecoded}
}

// decode decodes a part of the document. It reports false if it cannot, or may not.
func (d *document) decode(raw json.RawMessage, v any) bool {
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
	at := d.raw
	for begin := 0; begin < len(pointer) && at != nil; {
		object, ok := d.objects[pointer[:begin]]
		if !ok {
			d.decode(at, &object)
			d.objects[pointer[:begin]] = object
		}
		token, _, _ := strings.Cut(pointer[begin+1:], "/")
		begin += 1 + len(token)
		at = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
	}
	return at
}
