package document

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/openapi"
)

// TestAdditionsLeaveTheDocument holds that examples do not get into the document of the catalog,
// which later requests share.
func TestAdditionsLeaveTheDocument(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {"responses": {"200":
		{"description": "OK", "content": {"application/json": {"schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var before, after, added bytes.Buffer
	if err := openapi.Encode(&before, doc, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	with, err := (&Exporting{examples: true}).additions(&catalog.Document{OpenAPI: doc})
	if err != nil {
		t.Fatal(err)
	}
	if err := openapi.Encode(&after, doc, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	if err := openapi.Encode(&added, with, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	if before.String() != after.String() || !strings.Contains(added.String(), "example:") {
		t.Errorf("the document was\n%s\nand is\n%s\nwith examples:\n%s", &before, &after, &added)
	}
}
