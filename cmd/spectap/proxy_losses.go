package main

import (
	"fmt"
	"strings"
)

// losses counts what a tap recorded and what is missing from the capture.
type losses struct {
	recorded, flows, bodies                                                      int64
	tunnels, outOfScope, unwanted, skipped, pinned, handshakes, fronted, refused int64
	pinnedHosts                                                                  []string
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
