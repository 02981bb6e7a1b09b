package capture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
	"github.com/spectap/spectap/store"
)

// writeDocumentsOrEnd is writeDocuments that returns when a signal ends ctx. The session is kept.
func writeDocumentsOrEnd(ctx context.Context, p *cli.Program, o *runOptions, format openapi.Format, l *Losses) (wrote bool, err error) {
	wrote, err = cli.OrEnd(ctx, func() (bool, error) { return writeDocuments(ctx, p, o, format, l) })
	var by cli.Interruption
	if !errors.Is(err, context.Canceled) || !errors.As(context.Cause(ctx), &by) {
		return wrote, err
	}
	p.Writing.Lock() // complete the file that is being written, and start no other
	fmt.Fprintln(p.Stderr, "spectap: interrupted before all documents were written")
	p.SayTry("%s", p.Copyable("spectap export --session last -o api.yaml"))
	return false, cli.ExitStatus(cli.ExitSignal + int(by.Signal))
}

// writeDocuments writes a document for each host of the session and prints a line about each. If
// there is none, it prints the reason. Without a flag that asks for documents it writes none. It
// reports whether it wrote one.
func writeDocuments(
	ctx context.Context, p *cli.Program, o *runOptions, format openapi.Format, l *Losses,
) (wrote bool, err error) {
	var failed []string // hosts without operations
	defer func() { sayFailures(ctx, p, failed) }()
	c, done, err := p.OpenCatalog()
	if err != nil {
		return false, err
	}
	defer done()
	hosts, err := c.Hosts(ctx)
	if err != nil {
		return false, err
	}
	if len(hosts) == 0 {
		fmt.Fprintf(p.Stderr, "spectap: no traffic was captured, so there is no document: %s\n", l.whyNothing(o.idle))
		l.reportPrograms(p)
		return false, nil
	}
	if o.kept != "" && o.into == "" {
		file := cli.QuoteArg(o.kept)
		return false, p.Say("spectap: %s exists and was not changed; %s replaces it, and %s adds to it", o.kept,
			p.Copyable("spectap export --session last -o "+file), p.Copyable("spectap export --session last --into "+file))
	}
	if o.out == "" && o.into == "" {
		fmt.Fprintln(p.Stderr, p.Copyable("spectap: spectap export --session last -o api.yaml writes the document of it"))
		return false, nil
	}
	if o.into != "" {
		err := mergeSession(ctx, p, c, o.into, hosts)
		return err == nil, err
	}
	var described []string
	for i, h := range hosts {
		if h.Operations == 0 {
			failed = append(failed, h.Authority)
			if err := sayNoOperation(ctx, p, c, h); err != nil {
				return wrote, err
			}
			continue
		}
		file := o.out
		if i > 0 && file == "-" { // which takes one document
			sayOtherHost(p, h, "written")
			continue
		}
		if i > 0 {
			file = cli.FreeFile(cli.HostFile(o.out, h.Authority), func(string) bool { return p.Overwrite })
		}
		e, err := c.Document(ctx, catalog.Request{Host: h.Authority, Version: o.version, Title: o.title})
		if err != nil {
			return wrote, err
		}
		text, err := document.WriteDocument(ctx, p, file, e.OpenAPI, format)
		if err != nil {
			return wrote, err
		}
		wrote, described = true, append(described, h.Authority)
		document.KeepDocument(ctx, p, e, text)
		p.Say("spectap: %s: %s", h.Authority, document.SummaryOf(e, file))
	}
	document.SayOneServer(p, described, "spectap export --session last", o.out)
	return wrote, nil
}

// whyNothing explains why a session has no flows, as far as the proxy can tell. idle explains why
// no request reached the proxy.
func (l *Losses) whyNothing(idle string) string {
	switch {
	case l.Flows > 0:
		return "all of it was lost"
	case l.handshakes > 0 || l.pinned > 0:
		return "the clients do not trust the CA"
	case l.Skipped > 0:
		return "all requests were skipped (--skip)"
	case l.Unwanted > 0 || l.outOfScope > 0:
		return "all requests were out of scope (--include, --exclude)"
	case l.tunnels > 0:
		return "its connections were not HTTP"
	}
	ended := ""
	if l.exit != 0 {
		ended = fmt.Sprintf(" before the command ended with status %d", l.exit)
	}
	return "no request came to the proxy" + ended + ". " + idle
}

// sayOtherHost prints the command that writes the operations of a host that were not written or
// added.
func sayOtherHost(p *cli.Program, h infer.HostSummary, done string) {
	fmt.Fprintf(p.Stderr, "spectap: %s: not %s: %s; %s\n", h.Authority, done, cli.Plural(h.Operations, "operation"),
		p.Copyable("spectap export --session last --host "+cli.QuoteArg(h.Authority)))
}

// mergeSession merges what was learned from one host of the session into a document. The host is
// the one of the document's servers, or else the one with the most operations.
func mergeSession(ctx context.Context, p *cli.Program, c *catalog.Catalog, into string, hosts []infer.HostSummary) error {
	doc, err := document.LoadSpec(ctx, p, into)
	if err != nil {
		return err
	}
	own := router.Hosts(doc)
	host := hosts[0]
	if i := slices.IndexFunc(hosts, func(h infer.HostSummary) bool { return slices.Contains(own, h.Authority) }); i >= 0 {
		host = hosts[i]
	}
	for _, h := range hosts {
		if h.Authority != host.Authority && h.Operations > 0 {
			sayOtherHost(p, h, "added")
		}
	}
	x := &document.Exporting{P: p, Into: into, Out: into, Request: catalog.Request{Host: host.Authority}}
	e, err := x.Merge(ctx, c)
	if err != nil {
		return err
	}
	document.KeepDocument(ctx, p, e, nil)
	return p.Say("spectap: %s: %s", host.Authority, x.Summary(e))
}

// sayNoOperation explains why there is no document for a host that has flows.
func sayNoOperation(ctx context.Context, p *cli.Program, c *catalog.Catalog, h infer.HostSummary) error {
	e, err := c.Document(ctx, catalog.Request{Host: h.Authority})
	if err != nil {
		return err
	}
	why := ""
	for i, x := range e.Decided.Excluded {
		why += fmt.Sprintf("%s %d %s", []string{":", ","}[min(i, 1)], x.Count, infer.ReasonText(x.Reason))
	}
	fmt.Fprintf(p.Stderr, "spectap: %s: %s and no operation, so no document%s\n", h.Authority, cli.Plural(int(h.Flows), "flow"), why)
	return nil
}

// sayFailures prints the error of the last flow to each of these hosts, if it has one. It ignores
// errors of the store, since nothing that was recorded depends on this output.
func sayFailures(ctx context.Context, p *cli.Program, hosts []string) {
	if p.Hub != nil || len(hosts) == 0 {
		return
	}
	st, err := p.OpenAt(p.DBPath(), store.Options{ReadOnly: true})
	if err != nil {
		return
	}
	defer st.Close()
	red, err := p.Redactor(ctx, st)
	if err != nil {
		return
	}
	for _, host := range hosts {
		for f, err := range st.Reader().Scan(ctx, store.Query{Authority: host, Newest: true, Limit: 1, NoBodies: true}) {
			if err != nil || f.Err == "" {
				break
			}
			fmt.Fprintf(p.Stderr, "spectap: %s\n", red.Text(f.Err))
			if strings.Contains(f.Err, capture.Untrusted) {
				p.SayTry("%s", flagset.UntrustedHint(f.Err, host))
			}
		}
	}
}

// maxPrograms bounds the programs that a run names.
const maxPrograms = 5

// reportMissed names programs of a run with recorded flows that seem to have sent HTTP past the
// proxy or refused its certificate.
func (l *Losses) reportMissed(p *cli.Program) {
	if l.Recorded == 0 {
		return // all programs are named below
	}
	l.name(p, bypassProgram.Missed)
	l.reportRefusals(p, func(b bypassProgram) bool { return b.IsBrowser() && !b.Missed() }) // others trust it by variables
}

// reportPrograms names the programs of a run that recorded nothing, and prints what to try.
func (l *Losses) reportPrograms(p *cli.Program) {
	if l.handshakes+l.pinned > 0 {
		l.reportRefusals(p, func(bypassProgram) bool { return true })
		return
	}
	l.name(p, func(b bypassProgram) bool { return len(b.Direct) > 0 })
}

// reportRefusals names the programs that may have refused the proxy's certificate, if any client
// did.
func (l *Losses) reportRefusals(p *cli.Program, wanted func(bypassProgram) bool) {
	named := 0
	for _, b := range l.programs {
		if l.handshakes+l.pinned > 0 && b.Proxied && wanted(b) && named < maxPrograms {
			named++
			fmt.Fprintf(p.Stderr, "  %s refused the proxy's certificate\n    try: %s\n", b.Name, b.Trust())
		}
	}
}

// name prints the programs that a filter selects.
func (l *Losses) name(p *cli.Program, wanted func(bypassProgram) bool) {
	programs := slices.DeleteFunc(slices.Clone(l.programs), func(b bypassProgram) bool { return !wanted(b) })
	if len(programs) == 0 {
		return
	}
	fmt.Fprintln(p.Stderr, "spectap: connected past the proxy, unrecorded:")
	for i, b := range programs {
		if i == maxPrograms {
			fmt.Fprintf(p.Stderr, "  and %d more\n", len(programs)-i)
			break
		}
		fmt.Fprintf(p.Stderr, "  %s\n    try: %s\n", b, b.Advice())
	}
}
