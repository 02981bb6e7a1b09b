package compact

import "github.com/spectap/spectap/openapi"

// maxReferences bounds the references that follow each other.
const maxReferences = 32

// resolve returns the object that v is or refers to. ok is false for other values.
func (f *Form) resolve(v any) (o object, ok bool) {
	for range maxReferences {
		if o, ok = v.(object); !ok {
			return nil, false
		}
		ref := text(o["$ref"])
		if ref == "" {
			return o, true
		}
		v = f.lookUp(ref)
	}
	return nil, false
}

// lookUp returns what a reference within the document leads to, nil if that is nothing. Then a type
// has the text "any".
func (f *Form) lookUp(ref string) any {
	v, _ := openapi.Lookup(f.root, ref)
	return v
}
