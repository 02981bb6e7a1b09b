package openapi_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spectap/spectap/openapi"
)

// Empty objects and lists are written as such, and a copy shares nothing with the document.
func TestCopy(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"x-a":{},"x-b":[],"x-c":[{}],"components":{"schemas":{"A":{"type":"string"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := openapi.Encode(&text, doc, openapi.JSON); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\"x-a\": {}", "\"x-b\": []", "\"x-c\": [\n    {}\n  ]", "\"paths\": {}"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, &text)
		}
	}
	other, err := openapi.Copy(doc)
	if err != nil {
		t.Fatal(err)
	}
	other.Info.Title = "other"
	other.Components.Schemas["A"].Value.Title = "other"
	if doc.Info.Title != "t" || doc.Components.Schemas["A"].Value.Title != "" {
		t.Error("the copy shares a part")
	}
}
