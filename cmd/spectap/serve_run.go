package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/enforcement"
	"github.com/spectap/spectap/mcptools/front"
	"github.com/spectap/spectap/mcptools/spectools"
)

// serving is one run of serve.
type serving struct {
	p       *program
	f       *serveFlags
	options spectools.Options
	server  spectools.ServerOptions
	closers []func()
	// policies are those in force, none without --policy, and points where each mount enforces its
	// own.
	policies []mountPolicy
	points   map[string]*enforcement.Point
	book     *pin.Book // nil without --pins
	pins     map[string]*spectools.Pins
	// variables maps environment variables to the schemes whose credentials they are. Loading a
	// document uses it; documents are loaded one after the other.
	variables map[string]string
}

func (s *serving) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

// mount is one document and its path, which is "" without --mount. baseURL is "" unless --mount
// names it.
type mount struct{ base, spec, baseURL string }

// serve serves MCP until the client disconnects or the context ends.
func (p *program) serve(ctx context.Context, spec string, f *serveFlags) error {
	log, err := p.logger()
	if err != nil {
		return err
	}
	mounts, err := parseMounts(f.mounts)
	if err != nil {
		return err
	}
	if mounts == nil {
		mounts = []mount{{spec: spec}}
	}
	// Loading a document of 10 MB produces as much garbage as data. Serving produces little.
	p.tuneGC(50, 0)
	f.secrets.general.warn(p.stderr)
	s := &serving{p: p, f: f}
	defer s.close()
	if err := errors.Join(f.secrets.check(mounts), s.setOptions(ctx), s.setServerOptions(), s.openPins()); err != nil {
		return err
	}
	if err := s.enforce(ctx, mounts, log); err != nil {
		return err
	}
	all, err := s.load(ctx, mounts, log)
	if err != nil {
		return err
	}
	servers := make(map[string]*server.MCPServer)
	var sets []*spectools.Set
	for _, w := range all {
		servers[w.mount.base+front.DefaultPath] = w.server
		sets = append(sets, w.set)
	}
	if err := errors.Join(checkNamed("confirm", f.policy.Confirm, sets), checkNamed("require-approval", f.approval.names(), sets)); err != nil {
		return err
	}
	if err := f.filter.unknown(); err != nil {
		return err
	}
	for i, set := range sets {
		s.announce(mounts[i], set)
	}
	if f.dry.run {
		return p.dryRun(&f.dry, sets)
	}
	s.reloadPolicies(ctx, servers, log)
	if f.watch || s.book != nil {
		go s.watch(ctx, all, log)
	}
	if f.http.addr != "" {
		return p.serveHTTP(ctx, &f.http, servers, log)
	}
	return front.ServeStdio(ctx, all[0].server, p.stdin, p.messageOut(ctx), log)
}

// load makes a server of each document.
func (s *serving) load(ctx context.Context, mounts []mount, log *slog.Logger) (all []*watched, err error) {
	for _, m := range mounts {
		state := s.stateOf(m) // before reading the document, so that no later change is missed
		set, err := orEnd(ctx, func() (*spectools.Set, error) { return s.toolSet(ctx, m) })
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, set.Close)
		w := &watched{mount: m, set: set, last: state}
		if err := set.Pin(); err != nil {
			return nil, err
		}
		if w.quarantined, err = set.Quarantined(); err != nil {
			return nil, err
		}
		options := s.server
		options.Log = log
		w.server = spectools.NewServer(set, options)
		all = append(all, w)
		for _, n := range set.Notes() {
			log.Info("document", "note", n.String())
		}
	}
	return all, nil
}

// checkNamed refuses a flag that names nothing: with a typo, calls would not be held.
func checkNamed(flag string, rules []string, sets []*spectools.Set) error {
	// A request may become another method than those of the document.
	names := map[string]bool{"get": true, "head": true, "options": true, "post": true, "put": true, "patch": true,
		"delete": true}
	for _, set := range sets {
		for _, op := range set.Operations() {
			names[op.Tool], names[strings.ToLower(op.Method)] = true, true
		}
	}
	for _, r := range rules {
		if !names[r] && !names[strings.ToLower(r)] {
			return errNoTool(flag, r)
		}
	}
	return nil
}

// meantMount returns the mount that a text was meant to be.
func meantMount(text string) string {
	base, spec, ok := strings.Cut(text, "=")
	if !ok {
		spec, _, _ = strings.Cut(text, ",")
		base = strings.TrimSuffix(filepath.Base(spec), filepath.Ext(spec))
		spec = text
	}
	base = strings.Trim(base, "/")
	return "/" + cmp.Or(base, "api") + "=" + cmp.Or(spec, "api.yaml")
}

// parseMounts parses values of --mount: /base=SPEC or /base:SPEC, and optionally ",URL".
func parseMounts(args []string) ([]mount, error) {
	var out []mount
	seen := make(map[string]bool)
	for _, a := range args {
		i := strings.IndexAny(a, "=:")
		if i < 2 || !strings.HasPrefix(a, "/") || i == len(a)-1 {
			return nil, &hint{&misuse{fmt.Errorf("--mount %s: must be /base=SPEC or /base=SPEC,URL", a)}, "--mount " + quoteArg(meantMount(a))}
		}
		m := mount{base: strings.TrimRight(a[:i], "/"), spec: a[i+1:]}
		if i := strings.LastIndex(m.spec, ","); i > 0 && isURL(m.spec[i+1:]) {
			m.spec, m.baseURL = m.spec[:i], m.spec[i+1:]
		}
		switch {
		case seen[m.base]:
			return nil, &misuse{fmt.Errorf("--mount %s: another document has this path", m.base)}
		case m.base == "" || strings.ContainsAny(m.base, "{}? #%\\"):
			return nil, &misuse{fmt.Errorf("--mount %s: the path must not contain any of {}? #%%\\", a)}
		}
		seen[m.base] = true
		out = append(out, m)
	}
	return out, nil
}

// setOptions sets options from flags and opens the files that they name.
func (s *serving) setOptions(ctx context.Context) error {
	f, o := s.f, &s.options
	*o = spectools.Options{
		BaseURL: f.baseURL, ServerVariables: f.vars, Policy: f.policy, HoldFor: f.holdFor, RequireApproval: f.approval.policy(),
		Prefix: f.prefix, Principal: front.Caller, MaxResult: f.out.maxResult,
	}
	if f.out.timeout <= 0 || f.out.maxBody <= 0 || f.out.maxResult <= 0 || f.holdFor <= 0 ||
		f.out.retries < 0 || f.out.concurrent < 0 {
		return &hint{&misuse{errors.New("--timeout, --max-body, --max-result and --hold-for must be positive; " +
			"--retries and --concurrent must not be negative")}, "spectap serve --help   # has the units and defaults"}
	}
	if r := f.out.rate; r != 0 && !(r >= 1e-4 && r <= 1e6) { // also not a number
		return &hint{&misuse{fmt.Errorf("--rate %v: must be 0, which is no limit, or from 0.0001 to 1000000 calls per second", r)},
			"--rate 0.5   # one call in two seconds"}
	}
	o.Egress = egress.Config{
		AllowPrivate: f.out.allowPrivate, Timeout: f.out.timeout, MaxBody: f.out.maxBody,
		UserAgent: "spectap/" + version(), Retry: egress.Retry{Times: f.out.retries},
		Limit: egress.Limit{PerSecond: f.out.rate, Concurrent: f.out.concurrent},
	}
	var err error
	if f.out.proxy != "" {
		if o.Egress.Proxy, err = url.Parse(f.out.proxy); err != nil || !o.Egress.Proxy.IsAbs() {
			return &misuse{fmt.Errorf("--proxy %q: must be a URL", egress.WithoutUser(f.out.proxy))}
		}
	}
	if o.NameFormat, err = nameFormat(f.nameFormat); err != nil {
		return err
	}
	if o.Filter, err = s.filter(); err != nil {
		return err
	}
	if f.files != "" {
		if o.Files, err = os.OpenRoot(f.files); err != nil {
			return fmt.Errorf("open --files: %w", err)
		}
		s.closers = append(s.closers, func() { o.Files.Close() })
	}
	if err := s.openAudit(ctx); err != nil {
		return err
	}
	done, err := f.log.open(o)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, done)
	return nil
}

// filter returns the filter of the flags. With --read-only it also leaves out operations that
// write.
func (s *serving) filter() (func(spectools.Operation) bool, error) {
	chosen, err := s.f.filter.filter()
	switch {
	case err != nil || chosen == nil && !s.f.policy.ReadOnly:
		return nil, err
	case !s.f.policy.ReadOnly:
		return s.f.filter.count(chosen), nil
	}
	return s.f.filter.count(func(op spectools.Operation) bool {
		return (chosen == nil || chosen(op)) && guard.IsSafe(op.Method)
	}), nil
}

func (s *serving) setServerOptions() error {
	f := s.f
	s.server = spectools.ServerOptions{Version: version(), MaxList: f.maxList}
	switch f.mode {
	case "auto":
	case "static", "dynamic":
		s.server.Mode = spectools.Mode(f.mode)
	default:
		return &misuse{fmt.Errorf("--mode %q: must be auto, static or dynamic", f.mode)}
	}
	if f.maxList <= 0 {
		return &misuse{errors.New("--max-list must be positive")}
	}
	return nil
}

// maxLeftOut bounds the list of operations that were left out.
const maxLeftOut = 20

// printServed prints on stderr what is served and what was left out.
func (s *serving) printServed(m mount, set *spectools.Set) {
	p := s.p
	held := 0
	for _, op := range set.Operations() {
		if op.Held {
			held++
		}
	}
	name := ""
	if m.base != "" {
		name = m.base + ": "
	}
	var lost []spectools.Skip
	filtered := 0
	for _, skip := range set.Skipped() {
		if skip.Reason == spectools.Filtered {
			filtered++
		} else {
			lost = append(lost, skip)
		}
	}
	fmt.Fprintf(p.stderr, "spectap: %s%s, calls of %d are held until confirmed; %s left out",
		name, plural(len(set.Operations()), "tool"), held, plural(len(lost), "operation"))
	if filtered > 0 {
		fmt.Fprintf(p.stderr, ", %d filtered out", filtered)
	}
	if n := len(set.Notes()); n > 0 {
		fmt.Fprintf(p.stderr, "; %s on differences from the document (--log-level info)", plural(n, "note"))
	}
	fmt.Fprintln(p.stderr)
	if n := len(set.Shown()); n < len(set.Operations()) {
		fmt.Fprintf(p.stderr, "  the policy shows %d of %s\n", n, plural(len(set.Operations()), "tool"))
	}
	s.printQuarantined(set)
	if len(set.Operations())+len(set.Skipped()) == 0 {
		fmt.Fprintln(p.stderr,
			"  the document has no operation to call; webhooks and callbacks are calls that the API makes")
	}
	if s.server.Mode == spectools.ModeAuto && s.server.IsDynamic(set) {
		fmt.Fprintf(p.stderr, "  their list has more than %d bytes, so that agents search them (--mode static lists them)\n",
			s.server.MaxList)
	}
	for i, skip := range lost {
		if i == maxLeftOut {
			fmt.Fprintf(p.stderr, "  … and %d more\n", len(lost)-i)
			break
		}
		io.WriteString(p.stderr, "  left out: "+visible.Line(skip.String())+"\n")
	}
}
