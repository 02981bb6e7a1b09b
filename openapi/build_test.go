package openapi

import (
	"bytes"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

func TestBuildValid(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := genDocument(t)
			if _, err := Build(d, Options{Version: v}); err != nil {
				t.Fatal(err)
			}
		}))
	}
}

func encoded(t interface{ Fatal(...any) }, doc *openapi3.T, f Format) []byte {
	var b bytes.Buffer
	if err := Encode(&b, doc, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written reads back as the same document from either format, and the bytes are always the same.
func TestEncodeRoundTrip(t *testing.T) {
	for _, v := range []string{"3.0", "3.1"} {
		t.Run(v, rapid.MakeCheck(func(t *rapid.T) {
			d := genDocument(t)
			doc, err := Build(d, Options{Version: v})
			if err != nil {
				t.Fatal(err)
			}
			again, err := Build(d, Options{Version: v})
			if err != nil {
				t.Fatal(err)
			}
			j, y := encoded(t, doc, JSON), encoded(t, doc, YAML)
			if !bytes.Equal(j, encoded(t, again, JSON)) || !bytes.Equal(y, encoded(t, again, YAML)) {
				t.Fatal("bytes differ from one time to the next")
			}
			if !bytes.HasSuffix(j, []byte("}\n")) || !bytes.HasSuffix(y, []byte("\n")) || bytes.HasSuffix(y, []byte("\n\n")) {
				t.Fatal("no newline, or more than one, at the end")
			}
			for _, data := range [][]byte{j, y} {
				back, err := Load(data)
				if err != nil {
					t.Fatalf("%v\n%s", err, data)
				}
				if got := encoded(t, back, JSON); !bytes.Equal(got, j) {
					t.Fatalf("reads back differently:\n%s\nwas\n%s\nfrom\n%s", got, j, data)
				}
			}
		}))
	}
}
