package pin

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkCheck checks a list of 40 tools of 2 KB each, as before each call.
func BenchmarkCheck(b *testing.B) {
	var list []Definition
	for i := range 40 {
		text := fmt.Sprintf(`{"name":"t%d","inputSchema":{"type":"object","properties":{"z":{"type":"string"}}}}`, i)
		for j := range 60 {
			text = strings.Replace(text, `"z"`, fmt.Sprintf(`"p%d":{"type":"string"},"z"`, j), 1)
		}
		list = append(list, Definition{fmt.Sprintf("t%d", i), []byte(text)})
	}
	book := NewBook()
	if _, err := book.First("s", Tool, list); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := book.Check("s", Tool, list); err != nil {
			b.Fatal(err)
		}
	}
}
