package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// TestApprovalsAsk answers the question on a terminal. Only a yes decides.
func TestApprovalsAsk(t *testing.T) {
	for _, tt := range []struct {
		answer string
		yes    bool
	}{
		{"y\n", true}, {"Yes\n", true}, {" y \n", true}, {"\n", false}, {"n\n", false}, {"yep\n", false}, {"y\x04\x04", false},
	} {
		for _, args := range [][]string{{"approve"}, {"deny"}, {"allow", "--times", "2", "--any-arguments"}} {
			file, b, ids := heldCalls(t, payCall("7", 1))
			user, tty := openTerminal(t)
			must(io.WriteString(user, tt.answer))
			var out, errs strings.Builder
			status := run(t.Context(), append([]string{"approvals"}, append(args, "--approvals", file, ids[0])...), tty, &out, &errs)
			tty.Close()
			user.Close()
			question := args[0] + " this call? [y/N] "
			if args[0] == "allow" {
				question = "allow such calls? [y/N] "
			}
			if !strings.HasPrefix(errs.String(), question) || !strings.Contains(out.String(), "amount") {
				t.Errorf("%s: asked %q after %q", args[0], errs.String(), out.String())
			}
			h := must(b.Get(ids[0], time.Now()))
			decided := h.State != approval.Waiting
			if decided != tt.yes || (status == 0) != tt.yes || strings.Contains(errs.String(), "nothing was decided") == tt.yes {
				t.Errorf("%s, %q: it is %s, exit status %d: %s", args[0], tt.answer, h.State, status, errs.String())
			}
		}
	}
}
