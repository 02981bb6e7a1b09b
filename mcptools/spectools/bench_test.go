package spectools

import (
	"testing"

	"github.com/spectap/spectap/openapi"
)

// BenchmarkFromDocument makes the tools of a document of 1,223 operations.
func BenchmarkFromDocument(b *testing.B) {
	doc, err := openapi.Load(vendorDocument(b, "github"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromDocument(doc, Options{BaseURL: "http://127.0.0.1:1"}); err != nil {
			b.Fatal(err)
		}
	}
}
