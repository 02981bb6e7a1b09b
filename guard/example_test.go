package guard_test

import (
	"fmt"

	"github.com/spectap/spectap/guard"
)

// A request that may write is held until somebody consents to it, or is denied.
func Example() {
	read := &guard.Preview{Tool: "getOrder", Methods: guard.Methods{"GET"}}
	write := &guard.Preview{Tool: "deleteOrder", Methods: guard.Methods{"DELETE"}}
	var p guard.Policy
	holds, _ := p.Decide(read)
	fmt.Println(holds)
	holds, _ = p.Decide(write)
	fmt.Println(holds)
	p.ReadOnly = true
	_, denied := p.Decide(write)
	fmt.Println(denied)
	// Output:
	// false
	// true
	// only reading is allowed here, and DELETE writes
}
