package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestLossesReport checks what a proxy says at its end, and that only lost flows set its status.
func TestLossesReport(t *testing.T) {
	several := losses{recorded: 9, unwanted: 1, tunnels: 2}
	several.add(losses{pinned: 2, pinnedHosts: []string{"a.example"}})
	several.add(losses{pinned: 1, pinnedHosts: []string{"a.example", "b.example"}})
	for name, x := range map[string]struct {
		l      losses
		want   string
		status error
	}{
		"none":    {losses{recorded: 3}, "", nil},
		"one":     {losses{skipped: 1}, "1 request was skipped: passed on unrecorded (--skip)\n", nil},
		"several": {several, "1 request out of scope was passed on unrecorded|2 connections were passed through unrecorded: not HTTP|3 connections were passed through unrecorded: the client refused the proxy's certificate|refused for: a.example, b.example\n", nil},
		"flows":   {losses{flows: 1}, "lost: 1 flow, and the bodies of 0 others\n", exitStatus(exitFound)},
		"bodies":  {losses{bodies: 2}, "lost: 0 flows, and the bodies of 2 others\n", exitStatus(exitFound)},
		"no CA":   {losses{handshakes: 2}, "2 TLS handshakes failed: do the clients trust the CA?|try: curl --cacert ca.pem   # or: spectap run -- CMD; spectap ca install\n", nil},
	} {
		var errs bytes.Buffer
		status := x.l.reportOf(newProgram(nil, io.Discard, &errs), "ca.pem")
		if want := strings.ReplaceAll(x.want, "|", "\n"); status != x.status || errs.String() != want {
			t.Errorf("%s: status %v\n%swant %v\n%s", name, status, &errs, x.status, want)
		}
	}
}
