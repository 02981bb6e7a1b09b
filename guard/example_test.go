package guard_test

import (
	"encoding/json"
	"fmt"

	"github.com/spectap/spectap/guard"
)

// A call that writes is held until somebody consents to that exact call, and may then be sent once.
func Example() {
	arguments := map[string]any{"id": json.Number("7")}
	call := guard.Call{Principal: "agent", Tool: "deleteOrder", Method: "DELETE", Digest: guard.DigestOf(arguments), Checked: true}
	var held guard.HeldCalls

	d := guard.Decide(call)
	fmt.Println(d.Verdict, "-", d.Reason)
	held.Hold(call.Principal, call.Tool, call.Digest)

	other := guard.DigestOf(map[string]any{"id": json.Number("8")})
	fmt.Println("other arguments:", held.Take(call.Principal, call.Tool, other))
	if held.Take(call.Principal, call.Tool, call.Digest) {
		call.Consent = guard.ByModel
	}
	d = guard.Decide(call)
	fmt.Println(d.Verdict, "-", d.Reason)
	fmt.Println("again:", held.Take(call.Principal, call.Tool, call.Digest))

	call.Policy.RequireHuman = true
	d = guard.Decide(call)
	fmt.Println(d.Verdict, "-", d.Reason)
	// Output:
	// hold - needs a confirmation
	// other arguments: false
	// allow - confirmed by the model
	// again: false
	// deny - only a person may confirm this, and the client cannot ask one
}
