package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestManualPagesAreWhole looks for the parts of each page, without a program that formats it.
func TestManualPagesAreWhole(t *testing.T) {
	hidden := 0
	for _, cmd := range commandsBelow(newRootCmd(newProgram(strings.NewReader(""), io.Discard, io.Discard))) {
		page := string(manPage(cmd))
		for title, want := range map[string]bool{
			"DESCRIPTION": cmd.Long != "", "COMMANDS": len(commandsBelow(cmd)) > 1, "EXAMPLES": cmd.Example != "",
			"EXIT STATUS": !cmd.HasParent(), "SEE ALSO": cmd.HasParent(),
		} {
			if got := strings.Contains(page, "\n.SH "+title+"\n"); got != want {
				t.Errorf("%s: has %s: %t", cmd.CommandPath(), title, got)
			}
		}
		for _, s := range exitStatuses {
			if !cmd.HasParent() && !strings.Contains(page, fmt.Sprintf("\n.TP\n%s\n%s\n", s.status, roff(s.meaning))) {
				t.Errorf("the exit status %s is missing in:\n%s", s.status, page)
			}
		}
		if !cmd.HasParent() && !strings.Contains(page, "\n.PP\nspectap run exits with the status of its command.\n") {
			t.Errorf("the exit status of spectap run is missing in:\n%s", page)
		}
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				hidden++
			}
			if got := strings.Contains(page, roff("--"+f.Name)+"\\fR"); got == f.Hidden {
				t.Errorf("%s: has --%s: %t", cmd.CommandPath(), f.Name, got)
			}
		})
	}
	if hidden == 0 {
		t.Error("no flag is hidden")
	}
}
