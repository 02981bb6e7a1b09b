package route

import (
	"fmt"
	"testing"
)

// TestMostlyIDsBelow checks that identifiers prevail below a node if there are at most four words
// more than twice as many words as identifiers.
func TestMostlyIDsBelow(t *testing.T) {
	for _, tt := range []struct {
		ids, words int
		want       bool
	}{{0, 0, false}, {0, 1, false}, {1, 0, true}, {1, 6, true}, {1, 7, false}, {3, 10, true}, {3, 11, false}} {
		tree := newTestTree()
		for i := range tt.ids {
			add(tree, &Exchange{Method: "GET", Path: fmt.Sprint("/", 1000+i), Status: 200})
		}
		for i := range tt.words {
			add(tree, &Exchange{Method: "GET", Path: "/word" + string(rune('a'+i)), Status: 200})
		}
		if got := tree.root.hasMostlyIDsBelow(); got != tt.want {
			t.Errorf("%d identifiers, %d words: got %t", tt.ids, tt.words, got)
		}
	}
}
