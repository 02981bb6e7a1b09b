package front

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
)

// TestDecidedMeanwhile: what changes while a person reads the question counts when the call is made.
func TestDecidedMeanwhile(t *testing.T) {
	for what, c := range map[string]struct {
		book   bool // people decide outside of the client, too
		change func(j *judging)
		answer string
		want   string
		then   string // of the next identical call
	}{
		"the policy denies it": {false, func(j *judging) {
			noError(t, j.guard.SetPolicy(j.load("{version: 1, tools: {pay: {action: deny}}}")))
		}, accepted, "the policy has changed", "[POLICY DENIED]"},
		"another person denies it":                          {true, func(j *judging) { j.decide(j.waiting(), false) }, accepted, "a person has denied the call", "a person has denied the call"},
		"another person approves it, and the user declines": {true, func(j *judging) { j.decide(j.waiting(), true) }, declined, "did not agree", "did not agree"},
	} {
		t.Run(what, func(t *testing.T) {
			j := newJudging(t, "{version: 1, tools: {pay: {require_approval: false}}}", func(e *enforce.Config) {
				if !c.book {
					e.Approvals = nil
				}
			})
			w := dial(t, j.judge, "s", true)
			first := w.begin("tools/call", `{"name":"pay","arguments":{"n":1}}`)
			w.answerLater(c.answer, func() { c.change(j) })
			wantIn(t, "first", <-first, c.want)
			w.answerWith(declined)
			wantIn(t, "again", w.pay(1, ""), c.then)
			j.wantPaid("after all", "")
		})
	}
}

const (
	accepted = `{"action":"accept","content":{}}`
	declined = `{"action":"decline"}`
)

// answerLater answers the first question after something has happened.
func (w *wire) answerLater(answer string, happens func()) {
	<-w.asked
	happens()
	fmt.Fprintf(w.out, `{"jsonrpc":"2.0","id":1,"result":%s}`+"\n", answer)
}

// TestOtherProcess: a confirmation that one process holds in a shared book is none for another.
func TestOtherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "approvals.json")
	var calls [2]*wire
	var banks [2]*judging
	for i := range calls {
		banks[i] = newJudging(t, "", func(e *enforce.Config) {
			b := must(approval.Open(path))
			e.Approvals = b
		})
		calls[i] = dial(t, banks[i].judge, "stdio", false)
	}
	wantIn(t, "held by the first", calls[0].pay(1, ""), "IsHeld")
	wantIn(t, "confirmed at the second", calls[1].pay(1, confirmed), "IsNotHeld")
	wantIn(t, "confirmed at the first", calls[0].pay(1, confirmed), `"paid":1`)
	banks[1].wantPaid("the second", "")
}

// TestDefects: a panic of what says what a call would do ends the call alone.
func TestDefects(t *testing.T) {
	j := newJudging(t, "", inMemory)
	j.adjust = func(string, *guard.Named, *guard.Preview) { panic("hunter2") }
	w := dial(t, j.judge, "s", false)
	wantIn(t, "a call", w.pay(1, ""), "because of a defect")
	j.adjust = nil
	wantIn(t, "the next", w.pay(1, ""), "IsHeld")
}

// TestArgumentsOfHiddenTools: arguments that are no object do not tell a hidden tool from none.
func TestArgumentsOfHiddenTools(t *testing.T) {
	j := newJudging(t, "{version: 1, tools: {read: {}}}", inMemory)
	w := dial(t, j.judge, "s", false)
	hidden, none := w.send("tools/call", `{"name":"pay","arguments":[]}`), w.send("tools/call", `{"name":"pax","arguments":[]}`)
	if hidden != strings.Replace(none, "pax", "pay", 1) {
		t.Errorf("hidden: %s\nunknown: %s", hidden, none)
	}
}
