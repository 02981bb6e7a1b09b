package traffic

import (
	"fmt"
	"testing"
)

// The facts are bounded: first messages are not told apart any more, then credentials.
func TestFactsAreBounded(t *testing.T) {
	var x Facts
	for i := range 3 * maxFacts {
		f := fact{credentials: fmt.Sprint("header X-", i/2), failed: true, message: fmt.Sprint("message ", i)}
		m := x.mark(f)
		if m == 0 || x.mark(f) != m {
			t.Fatalf("fact %d has the marks %d and %d", i, m, x.mark(f))
		}
		if got := x.reader().of(m); !got.failed || i < maxFacts && got != f {
			t.Fatalf("fact %d became %+v", i, got)
		}
	}
	if len(x.list) > 2*maxFacts+1 || len(x.marks) != len(x.list) {
		t.Errorf("%d facts, %d marks", len(x.list), len(x.marks))
	}
	x.Reset()
	if x.reader().of(1) != (fact{}) || x.reader().of(0) != (fact{}) {
		t.Error("a fact is left")
	}
}
