package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/mitmdump"
)

func (t *Tap) status() flows.TapStatus {
	ps, qs, rs := t.proxy.Stats(), t.queue.Stats(), t.rules.live.Counts()
	return flows.TapStatus{
		Address: t.Listener.Addr().String(), Paused: t.proxy.Paused(),
		Flows: ps.Flows - qs.Lost, Active: ps.Active, Failed: ps.Failed, Skipped: ps.Skipped,
		Queued: qs.Queued, Lost: ps.Lost + qs.Lost, Bodies: ps.BodiesLost + qs.BodiesLost,
		Tunnels: ps.Tunnels, Refused: ps.Pinned, Pinned: t.proxy.PassedThrough(), Dropped: t.dropped.Load(),
		Rules: rs.Rules, Applied: rs.Applied, Missed: rs.Skipped, Lag: t.lag(),
	}
}

// lag returns the number of records that the learner has not read yet.
func (t *Tap) lag() int64 {
	if t.learner == nil {
		return 0
	}
	n, err := t.learner.Backlog(context.Background())
	if err != nil {
		return 0 // the store is being closed
	}
	return n
}

// togglePause pauses or resumes recording on each SIGUSR1 until ctx is done.
func (t *Tap) togglePause(ctx context.Context, w io.Writer) {
	signals := make(chan os.Signal, 1)
	notifyPause(signals)
	defer signal.Stop(signals)
	for {
		select {
		case <-signals:
			t.proxy.Pause(!t.proxy.Paused())
			if t.proxy.Paused() {
				fmt.Fprintln(w, "spectap: paused: requests are not recorded")
			} else {
				fmt.Fprintln(w, "spectap: recording again")
			}
		case <-ctx.Done():
			return
		}
	}
}

// ShowStatus updates a status line on a terminal until ctx is done.
func (t *Tap) ShowStatus(ctx context.Context, shown *cli.StatusLine) {
	if shown.W == nil {
		return
	}
	last := ""
	cli.Every(ctx, time.Second, func() {
		if line := t.status().String(); line != last {
			shown.Show(line)
			last = line
		}
	})
	shown.Clear()
}

// Losses counts the flows that a tap recorded and those missing from the capture.
type Losses struct {
	Recorded, Flows, bodies                                                      int64
	tunnels, outOfScope, Unwanted, Skipped, pinned, handshakes, fronted, refused int64
	pinnedHosts                                                                  []string
	programs                                                                     []bypassProgram // of a run
	exit                                                                         int             // status of its command
}

// Add adds the numbers of another tap.
func (l *Losses) Add(m Losses) {
	l.Recorded, l.Flows, l.bodies = l.Recorded+m.Recorded, l.Flows+m.Flows, l.bodies+m.bodies
	l.tunnels, l.outOfScope, l.Unwanted = l.tunnels+m.tunnels, l.outOfScope+m.outOfScope, l.Unwanted+m.Unwanted
	l.Skipped, l.pinned, l.handshakes = l.Skipped+m.Skipped, l.pinned+m.pinned, l.handshakes+m.handshakes
	l.fronted, l.refused = l.fronted+m.fronted, l.refused+m.refused
	for _, h := range m.pinnedHosts {
		if !slices.Contains(l.pinnedHosts, h) {
			l.pinnedHosts = append(l.pinnedHosts, h)
		}
	}
}

// Report prints the losses and returns the exit status for them.
func (l Losses) Report(p *cli.Program) error {
	for _, x := range []struct {
		n           int64
		noun, after string
	}{
		{l.Unwanted, "request", " out of scope passed on unrecorded"},
		{l.Skipped, "request", " skipped: passed on unrecorded (--skip)"},
		{l.outOfScope, "connection", " to hosts out of scope passed through"},
		{l.tunnels, "connection", " passed through unrecorded: not HTTP, or as CONNECT in the list says"},
		{l.pinned, "connection", " passed through unrecorded: the client refused the proxy's certificate"},
		{l.refused, "proxy request", " refused for lack of the credentials in " + ProxyAuthEnv},
		{l.fronted, "request", " named another host in the Host header or the TLS handshake than that of the connection"},
		{l.handshakes, "TLS handshake", " failed: do the clients trust the CA?"},
	} {
		if x.n > 0 {
			fmt.Fprintf(p.Stderr, "%s%s\n", cli.Plural(int(x.n), x.noun), x.after)
		}
	}
	if len(l.pinnedHosts) > 0 {
		fmt.Fprintf(p.Stderr, "refused for: %s\n", strings.Join(l.pinnedHosts, ", "))
	}
	if l.Flows == 0 && l.bodies == 0 {
		return nil
	}
	fmt.Fprintf(p.Stderr, "lost: %s, and the bodies of %s\n", cli.Plural(int(l.Flows), "flow"), cli.Plural(int(l.bodies), "other"))
	return cli.ExitStatus(cli.ExitFound)
}

// reportOf is Report for a proxy whose CA certificate its clients may not trust.
func (l Losses) reportOf(p *cli.Program, cert string) error {
	err := l.Report(p)
	if l.handshakes > 0 {
		p.SayTry("curl --cacert %s   # or: spectap run -- CMD; spectap ca install", cli.QuoteArg(cert))
	}
	return err
}

// FlowDump writes the redacted flows of a proxy to a mitmproxy flow file. They are redacted because
// the agent that asked for the file may read it. It is safe for concurrent use.
type FlowDump struct {
	Root *os.Root
	Name string
	Made bool // the file is new

	mu     sync.Mutex // guards the fields below
	File   *os.File
	W      *mitmdump.Writer
	Size   int64 // of the whole flows
	flows  int64
	err    error // ended the dump
	redact func(flow.Flow) flow.Flow
}

// add writes complete flows. The first error ends the dump; recording goes on.
func (d *FlowDump) add(flows []flow.Flow) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range flows {
		if f.Done && d.err == nil {
			d.err = d.W.Write(d.redact(f))
		}
	}
}

// Write implements io.Writer for one flow. A partly written flow is removed.
func (d *FlowDump) Write(p []byte) (int, error) {
	n, err := d.File.Write(p)
	if err != nil {
		return n, errors.Join(err, d.File.Truncate(d.Size))
	}
	d.Size += int64(n)
	d.flows++
	return n, nil
}

// Close closes the file. It returns the number of flows, and the reason if some are missing.
func (d *FlowDump) Close() (flows int64, problem string) {
	if d == nil {
		return 0, ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.err
	if err == nil {
		err = d.File.Sync()
	}
	if err = errors.Join(err, d.File.Close()); err != nil {
		problem = cli.PlainPathError(err).Error()
	}
	return d.flows, problem
}

// Abandon closes the file of a proxy that did not start. It removes a new file without flows.
func (d *FlowDump) Abandon() {
	if d == nil {
		return
	}
	if flows, _ := d.Close(); d.Made && flows == 0 {
		d.Root.Remove(d.Name)
	}
}

// tellingStore is a store that passes flows on once they are stored.
type tellingStore struct {
	capture.Appender
	tell []func(flows []flow.Flow)
}

func (s tellingStore) Append(ctx context.Context, flows ...flow.Flow) (flow.Seq, error) {
	n, err := s.Appender.Append(ctx, flows...)
	for _, tell := range s.tell {
		if err == nil {
			tell(flows)
		}
	}
	return n, err
}
