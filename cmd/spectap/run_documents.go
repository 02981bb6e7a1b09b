package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/router"
)

// writeDocumentsOrEnd is writeDocuments until a signal ends ctx. The session stays.
func (p *program) writeDocumentsOrEnd(ctx context.Context, o *runOptions, format openapi.Format, l *losses) error {
	_, err := orEnd(ctx, func() (struct{}, error) { return struct{}{}, p.writeDocuments(ctx, o, format, l) })
	var by interruption
	if !errors.Is(err, context.Canceled) || !errors.As(context.Cause(ctx), &by) {
		return err
	}
	p.writing.Lock() // a file that is being written is completed, and no other one is begun
	fmt.Fprintln(p.stderr, "spectap: interrupted before all documents were written")
	p.sayTry("%s", p.copyable("spectap export --session last -o api.yaml"))
	return exitStatus(exitSignal + int(by.signal))
}

// writeDocuments writes a document for each host of the session and prints a line about each. It
// says why there is none to write, and writes none if no flag asks for one.
func (p *program) writeDocuments(ctx context.Context, o *runOptions, format openapi.Format, l *losses) error {
	var failed []string // hosts without operations
	defer func() { p.sayFailures(ctx, failed) }()
	c, done, err := p.openCatalog()
	if err != nil {
		return err
	}
	defer done()
	hosts, err := c.Hosts(ctx)
	if err != nil {
		return err
	}
	if len(hosts) == 0 {
		fmt.Fprintf(p.stderr, "spectap: no traffic was captured, so there is no document: %s\n", l.whyNothing(o.idle))
		l.reportPrograms(p)
		return nil
	}
	if o.kept != "" && o.into == "" {
		file := quoteArg(o.kept)
		return p.say("spectap: %s exists and was not changed; %s replaces it, and %s adds to it", o.kept,
			p.copyable("spectap export --session last -o "+file), p.copyable("spectap export --session last --into "+file))
	}
	if o.out == "" && o.into == "" {
		fmt.Fprintln(p.stderr, p.copyable("spectap: spectap export --session last -o api.yaml writes the document of it"))
		return nil
	}
	if o.into != "" {
		return p.mergeSession(ctx, c, o.into, hosts)
	}
	for i, h := range hosts {
		if h.Operations == 0 {
			failed = append(failed, h.Authority)
			if err := p.sayNoOperation(ctx, c, h); err != nil {
				return err
			}
			continue
		}
		file := o.out
		if i > 0 && file == "-" { // which takes one document
			p.sayOtherHost(h, "written")
			continue
		}
		if i > 0 {
			file = o.freeFile(hostFile(o.out, h.Authority))
		}
		e, err := c.Document(ctx, catalog.Request{Host: h.Authority, Version: o.version, Title: o.title})
		if err != nil {
			return err
		}
		if err := p.writeDocument(ctx, file, e.OpenAPI, format); err != nil {
			return err
		}
		p.keepDocument(ctx, e)
		p.say("spectap: %s: %s", h.Authority, summaryOf(e, file))
	}
	return nil
}

// whyNothing says why a session has no flows, as far as the proxy can tell.
// idle says why no request came.
func (l *losses) whyNothing(idle string) string {
	switch {
	case l.flows > 0:
		return "all of it was lost"
	case l.handshakes > 0 || l.pinned > 0:
		return "the clients do not trust the CA"
	case l.skipped > 0:
		return "all requests were skipped (--skip)"
	case l.unwanted > 0 || l.outOfScope > 0:
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

// sayOtherHost says of a host whose operations were not written, or not added, what writes them.
func (p *program) sayOtherHost(h infer.HostSummary, done string) {
	fmt.Fprintf(p.stderr, "spectap: %s: %s %s not %s; %s\n", h.Authority, plural(h.Operations, "operation"), isAre(h.Operations), done,
		p.copyable("spectap export --session last --host "+quoteArg(h.Authority)))
}

// mergeSession adds what one host of the session showed to a document: the host of its servers, or
// the one with the most operations.
func (p *program) mergeSession(ctx context.Context, c *catalog.Catalog, into string, hosts []infer.HostSummary) error {
	doc, err := p.loadSpec(into)
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
			p.sayOtherHost(h, "added")
		}
	}
	x := &exporting{p: p, into: into, out: into, request: catalog.Request{Host: host.Authority}}
	e, err := x.merge(ctx, c.Document)
	if err != nil {
		return err
	}
	p.keepDocument(ctx, e)
	return p.say("spectap: %s: %s", host.Authority, x.summary(e))
}
