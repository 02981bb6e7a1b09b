package replay

import (
	"fmt"
	"testing"
)

// The number of callers with variables is bounded. The least recently used callers lose theirs.
func TestVariablesAreBounded(t *testing.T) {
	var v Variables
	for i := range 3 * maxCallers {
		if !v.Set(fmt.Sprint(i), "a", Variable{Text: "x"}) || !v.Set("recent", "a", Variable{Text: "x"}) {
			t.Fatal("a variable was not stored")
		}
	}
	if len(v.sets) != maxCallers || v.Get("recent") == nil || v.Get("0") != nil {
		t.Errorf("%d callers have variables, the recent one has %v", len(v.sets), v.Get("recent"))
	}
	for i := range MaxVariables + 1 {
		if ok := v.Set("recent", fmt.Sprint("b", i), Variable{}); ok != (i < MaxVariables-1) {
			t.Fatalf("variable %d: %v", i+2, ok)
		}
	}
	if v.Get("nobody") != nil || len(v.sets) != maxCallers {
		t.Error("Get created a set of variables")
	}
}
