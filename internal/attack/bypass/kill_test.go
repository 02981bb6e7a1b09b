package bypass

import (
	"testing"
)

// TestKilledApproval kills the gateway with kill -9 after each step of an approval. The approval is
// neither lost nor used twice, and the audit is a whole chain.
func TestKilledApproval(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]struct {
		before func(g *gate) // what happens before the kill
		sent   int           // calls that reached the server before the kill
		after  bool          // the call is sent after the restart
	}{
		"while it waits": {func(g *gate) {
			id := g.pend(held)
			g.kill()
			g.approve(id)
		}, 0, true},
		"when it is approved": {func(g *gate) {
			g.approve(g.pend(held))
			g.kill()
		}, 0, true},
		"when it is denied": {func(g *gate) {
			g.run("approvals", "deny", "--approvals", "approvals.json", "--yes", g.pend(held))
			g.kill()
		}, 0, false},
		"when it is sent": {func(g *gate) {
			g.approve(g.pend(held))
			g.write("wait", "")
			g.send(`{"jsonrpc":"2.0","id":"c","method":"tools/call","params":` + held + `}`)
			for g.seen(`"hold"`) == 0 { // the server has it, and does not answer
				if len(g.lines) > 0 {
					t.Fatalf("it was answered: %s", <-g.lines)
				}
			}
			g.kill()
			remove(t, g.file("wait"))
		}, 1, false},
		"when it is answered": {func(g *gate) {
			g.approve(g.pend(held))
			if m := g.request("tools/call", held); m.isDenied() {
				t.Fatal(m.raw)
			}
			g.kill()
		}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := newHolding(t, holding)
			step.before(g)
			g.start()
			g.begin(`{"elicitation":{}}`)
			want := step.sent
			if step.after {
				want++
			}
			for i := range 3 {
				if m := g.request("tools/call", held); m.isDenied() == (i == 0 && step.after) {
					t.Errorf("call %d after the kill: %s", i, m.raw)
				}
			}
			if n := g.seen(`"hold"`); n != want {
				t.Errorf("the server got the call %d times, want %d", n, want)
			}
			g.records()
		})
	}
}
