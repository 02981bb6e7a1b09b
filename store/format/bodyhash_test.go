package format

import (
	"encoding/hex"
	"testing"
)

// TestBodyhashBytes checks the hash that docs/format.md describes, by which bodies of existing stores are
// compared.
func TestBodyhashBytes(t *testing.T) {
	h := NewBodyHasher(make([]byte, 32))
	sum := h.Sum([]byte("x"))
	if got := hex.EncodeToString(sum[:]); got != "2e59ca72a0387f78094562698c221e15" {
		t.Errorf("got %s", got)
	}
}
