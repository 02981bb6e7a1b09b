package mcpclient

import (
	"encoding/json"
	"testing"
)

// FuzzSchema reads any schema of a server, to guide a person who types a value. Examples are JSON.
func FuzzSchema(f *testing.F) {
	f.Add([]byte(`{"type":"object","required":["a"],"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"anyOf":[{"$ref":"#/$defs/A"},{"type":["null","string"],"enum":[1,"x"]}]}}}`))
	f.Add([]byte(`{"allOf":[{"$ref":"#"},{"items":{"$ref":"#/allOf/0"}}],"default":[],"examples":[{}]}`))
	f.Add([]byte(`{"$ref":"#/~1~0/%"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		s := flatten(newDocument(data), data)
		s.typeName()
		s.values()
		left := maxMerged
		if x := s.example(&left); x != "" && !json.Valid([]byte(x)) {
			t.Errorf("the example %q of %s is not JSON", x, data)
		}
		for _, m := range s.properties {
			if p, ok := s.property(m.Name); ok {
				p.typeName()
			}
		}
	})
}
