package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/bypass"
)

// losses counts what a tap recorded and what is missing from the capture.
type losses struct {
	recorded, flows, bodies                                                      int64
	tunnels, outOfScope, unwanted, skipped, pinned, handshakes, fronted, refused int64
	pinnedHosts                                                                  []string
	programs                                                                     []bypass.Program // of a run
}

// add adds the numbers of another tap.
func (l *losses) add(m losses) {
	l.recorded, l.flows, l.bodies = l.recorded+m.recorded, l.flows+m.flows, l.bodies+m.bodies
	l.tunnels, l.outOfScope, l.unwanted = l.tunnels+m.tunnels, l.outOfScope+m.outOfScope, l.unwanted+m.unwanted
	l.skipped, l.pinned, l.handshakes = l.skipped+m.skipped, l.pinned+m.pinned, l.handshakes+m.handshakes
	l.fronted, l.refused = l.fronted+m.fronted, l.refused+m.refused
	for _, h := range m.pinnedHosts {
		if !slices.Contains(l.pinnedHosts, h) {
			l.pinnedHosts = append(l.pinnedHosts, h)
		}
	}
}

// report prints the losses and returns the exit status for them.
func (l losses) report(p *program) error {
	for _, x := range []struct {
		n    int64
		what string
	}{
		{l.unwanted, "requests out of scope were passed on unrecorded"},
		{l.skipped, "requests were skipped: passed on unrecorded (--skip)"},
		{l.outOfScope, "connections to hosts out of scope were passed through"},
		{l.tunnels, "connections were passed through unrecorded: not HTTP"},
		{l.pinned, "connections were passed through unrecorded: their clients refused the proxy's certificate"},
		{l.refused, "proxy requests were refused: they lacked the credentials in " + proxyAuthEnv},
		{l.fronted, "requests named another host in their Host header than they connected to"},
		{l.handshakes, "TLS handshakes failed: do the clients trust the CA?"},
	} {
		if x.n > 0 {
			fmt.Fprintf(p.stderr, "%d %s\n", x.n, x.what)
		}
	}
	if len(l.pinnedHosts) > 0 {
		fmt.Fprintf(p.stderr, "refused for: %s\n", strings.Join(l.pinnedHosts, ", "))
	}
	if l.flows == 0 && l.bodies == 0 {
		return nil
	}
	fmt.Fprintf(p.stderr, "lost: %d flows, and the bodies of %d others\n", l.flows, l.bodies)
	return exitStatus(exitFound)
}
