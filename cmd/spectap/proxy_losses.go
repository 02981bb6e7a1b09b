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
	unrelayed                                                                    bool             // one of them started a WebDriver server by its path
	exit                                                                         int              // status of its command
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
		n           int64
		noun, after string
	}{
		{l.unwanted, "request", " out of scope were passed on unrecorded"},
		{l.skipped, "request", " were skipped: passed on unrecorded (--skip)"},
		{l.outOfScope, "connection", " to hosts out of scope were passed through"},
		{l.tunnels, "connection", " were passed through unrecorded: not HTTP"},
		{l.pinned, "connection", " were passed through unrecorded: the client refused the proxy's certificate"},
		{l.refused, "proxy request", " were refused for lack of the credentials in " + proxyAuthEnv},
		{l.fronted, "request", " named another host in the Host header than that of the connection"},
		{l.handshakes, "TLS handshake", " failed: do the clients trust the CA?"},
	} {
		if x.n == 1 {
			x.after = strings.Replace(x.after, " were ", " was ", 1)
		}
		if x.n > 0 {
			fmt.Fprintf(p.stderr, "%s%s\n", plural(int(x.n), x.noun), x.after)
		}
	}
	if len(l.pinnedHosts) > 0 {
		fmt.Fprintf(p.stderr, "refused for: %s\n", strings.Join(l.pinnedHosts, ", "))
	}
	if l.flows == 0 && l.bodies == 0 {
		return nil
	}
	fmt.Fprintf(p.stderr, "lost: %s, and the bodies of %s\n", plural(int(l.flows), "flow"), plural(int(l.bodies), "other"))
	return exitStatus(exitFound)
}

// reportOf is report for a proxy with the certificate of a CA, which its clients may not trust.
func (l losses) reportOf(p *program, cert string) error {
	err := l.report(p)
	if l.handshakes > 0 {
		p.sayTry("curl --cacert %s   # or: spectap run -- CMD; spectap ca install", quoteArg(cert))
	}
	return err
}
