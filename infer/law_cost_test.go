package infer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// things passes flows of one API to add. Each has new identifiers, words, query names and property
// names.
func things(from, to int, add func(*flow.Flow)) {
	for i := from; i < to; i++ {
		f := call("GET", "", 200, "", "", "", "")
		word := fmt.Sprintf("%s-%s-%s", letters(i), letters(i*7919), letters(i/3))
		switch i % 4 {
		case 0:
			f.Request.Path = fmt.Sprintf("/users/%d", i)
		case 1:
			f.Request.Path = "/repos/" + word + "/issues"
		case 2:
			f.Request.Path = fmt.Sprintf("/orders/%08x-1111-4222-8333-%012x/items/%d", i, i, i%9)
		case 3:
			f.Request.Path, f.Request.RawQuery = "/search", "q="+word+"&x_"+word+"=1"
		}
		body := `{"id":%d,"name":%q,"slug":%q,"by":{%q:1},"at":"2024-01-01T00:00:00Z"}`
		send(&f.Response.Header, &f.Response.Body, "application/json", fmt.Sprintf(body, i, word, word, "k"+word))
		add(&f)
	}
}

// letters returns a word of consonants that depends on n.
func letters(n int) string {
	var b strings.Builder
	for n = n*2654435761 + 1; b.Len() < 5; n /= 21 {
		b.WriteByte("bcdfghjklmnpqrstvwxyz"[(n%21+21)%21])
	}
	return b.String()
}

// TestCost holds the fourth law: the size of a model, and so the cost of a document, does not grow
// with the traffic.
func TestCost(t *testing.T) {
	m := infer.New()
	const few, many = 5_000, 50_000
	things(0, few, m.Add)
	before := len(encoded(t, m))
	things(few, many, m.Add)
	if after := len(encoded(t, m)); after > before*3/2 {
		t.Errorf("a model of %d flows has %d bytes, one of %d flows %d", few, before, many, after)
	}
}
