package main

import (
	"fmt"
	"slices"

	"github.com/spectap/spectap/internal/bypass"
)

// maxPrograms bounds the programs that a run names.
const maxPrograms = 5

// launchers are programs that send nothing themselves.
var launchers = []string{
	"bash", "busybox", "dash", "env", "fish", "ksh", "make", "nice", "nohup", "sh", "strace", "sudo", "time", "timeout", "xargs", "zsh",
}

// programsOf returns the programs that were seen, or the command if none was: it may have ended
// before anyone looked.
func programsOf(seen []bypass.Program, command string) []bypass.Program {
	if len(seen) == 0 {
		return []bypass.Program{bypass.Command(command)}
	}
	return seen
}

// reportMissed names programs that seem to have sent HTTP past the proxy, or to have refused its
// certificate, beside what was recorded.
func (l *losses) reportMissed(p *program) {
	if l.recorded == 0 {
		return // all programs are named below
	}
	l.name(p, func(b bypass.Program) bool { return b.Missed() || b.QUIC })
	for _, b := range l.programs {
		if l.handshakes+l.pinned > 0 && b.IsBrowser() && b.Proxied && !b.Missed() { // others trust it by variables
			l.reportRefusal(p, b)
		}
	}
}

// reportPrograms names the programs of a run that recorded nothing, and says what to do.
func (l *losses) reportPrograms(p *program) {
	if l.handshakes > 0 || l.pinned > 0 {
		named := 0
		for _, b := range l.programs {
			// The command may have ended too soon to be seen.
			alone := len(l.programs) == 1 && len(b.Direct) == 0 && !slices.Contains(launchers, b.Name)
			if (b.Proxied || alone) && named < maxPrograms {
				named++
				l.reportRefusal(p, b)
			}
		}
		return
	}
	if l.name(p, func(b bypass.Program) bool { return len(b.Direct) > 0 }) {
		return
	}
	for _, b := range l.programs { // the command, which ended too soon
		if len(l.programs) == 1 && !b.Proxied && b.Kind != "" {
			fmt.Fprintf(p.stderr, "  %s sent nothing through the proxy\n    try: %s\n", nameOf(b), b.Advice())
		}
	}
}

func (l *losses) reportRefusal(p *program, b bypass.Program) {
	try := b.Trust()
	if l.unrelayed && b.Kind == bypass.Chromium {
		try = "put the folder of chromedriver in PATH, and leave its path out of the test: docs/desktop.md"
	}
	fmt.Fprintf(p.stderr, "  %s refused the proxy's certificate\n    try: %s\n", nameOf(b), try)
}

// name prints the programs that are wanted, and reports whether there are any.
func (l *losses) name(p *program, wanted func(bypass.Program) bool) bool {
	programs := slices.DeleteFunc(slices.Clone(l.programs), func(b bypass.Program) bool { return !wanted(b) })
	if len(programs) == 0 {
		return false
	}
	fmt.Fprintln(p.stderr, "spectap: connected past the proxy, unrecorded:")
	for i, b := range programs {
		if i == maxPrograms {
			fmt.Fprintf(p.stderr, "  and %d more\n", len(programs)-i)
			break
		}
		fmt.Fprintf(p.stderr, "  %s\n    try: %s\n", b, b.Advice())
	}
	return true
}

// nameOf returns the name of a program and its kind.
func nameOf(b bypass.Program) string { return bypass.Program{Name: b.Name, Kind: b.Kind}.String() }
