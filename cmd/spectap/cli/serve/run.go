package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/cmd/spectap/cli/mock"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/handler"
	"github.com/spectap/spectap/mcp/vouch"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/workflow"
)

// Serving is one run of serve.
type Serving struct {
	P       *cli.Program
	F       *Flags
	Options spectools.Options
	Server  spectools.ServerOptions
	closers []func()
	// inForce is the policy in force. guards decide on the calls of the mounts.
	inForce *gateway.Enforcing
	guards  map[string]*enforce.Guard
	book    *pin.Book // nil without --pins
	pins    map[string]*spectools.Pins
	// signIn, unless nil, replaces the environment as the source of the variables of --sign-in.
	signIn  func(variable string) string
	signsIn bool // the document served has an operation to sign in with
	// variables maps environment variables to the schemes whose credentials they are. Loading a
	// document uses it; documents are loaded one after the other.
	variables map[string]string
	// taken are those that the documents take, or for which it was printed why they are not sent.
	taken    []string
	starting bool // a person may be asked to sign in
	signIns  int  // the schemes for which people sign in
}

func (s *Serving) close() {
	for _, end := range slices.Backward(s.closers) {
		end()
	}
}

// Mount is one document and its path, which is "" without --mount. baseURL is "" unless --mount
// names it.
type Mount struct{ base, Spec, baseURL string }

// serve serves MCP until the client disconnects or the context ends.
func serve(ctx context.Context, p *cli.Program, spec string, f *Flags) error {
	key := vouch.Take()
	log, err := p.Logger()
	if err != nil {
		return err
	}
	mounts, err := parseMounts(f.mounts)
	if err != nil {
		return err
	}
	if mounts == nil {
		mounts = []Mount{{Spec: spec}}
	}
	// Loading a document of 10 MB produces as much garbage as live data. Serving produces little
	// garbage.
	p.TuneGC(50, 0)
	f.secrets.general.warn(p.Stderr)
	s := &Serving{P: p, F: f}
	defer s.close()
	if f.mock {
		ctx, end := context.WithCancel(ctx)
		s.closers = append(s.closers, end)
		if f.baseURL, err = mock.Start(ctx, p, spec, f.host); err != nil {
			return err
		}
	}
	if err := errors.Join(f.secrets.check(mounts), s.setOptions(ctx), s.setServerOptions(), s.openPins()); err != nil {
		return err
	}
	if err := s.enforce(ctx, mounts, log); err != nil {
		return err
	}
	s.starting = !f.dry.run
	all, err := s.load(ctx, mounts, log)
	s.starting = false
	switch {
	case err != nil:
		return err
	case f.secrets.login && !f.dry.run && s.signIns == 0:
		return cli.Misusef("--login: no document has a security scheme with an authorization code or OpenID Connect")
	}
	servers := make(map[string]front.Server)
	var sets []*spectools.Set
	for _, w := range all {
		servers[w.Mount.base+front.DefaultPath] = s.F.enforced.Guarded(w.Server, s.guards[w.Mount.base])
		sets = append(sets, w.Set)
	}
	if err := errors.Join(checkNamed("confirm", f.policy.Confirm, sets), checkNamed("require-approval", f.approval.names(), sets)); err != nil {
		return err
	}
	if err := f.filter.unknown(); err != nil {
		return err
	}
	for i, set := range sets {
		s.printServed(mounts[i], set)
		s.warnPrivate(mounts[i], set)
	}
	s.printUnused()
	if f.dry.run {
		return printDryRun(p, &f.dry, sets)
	}
	go s.inForce.Reload(ctx, log, gateway.ToolsChanged(servers))
	if f.watch || s.book != nil {
		go s.watch(ctx, all, log)
	}
	if f.http.Addr != "" {
		return flagset.ServeHTTP(ctx, p, &f.http, servers, log)
	}
	return front.ServeStdio(ctx, front.Vouched(servers[all[0].Mount.base+front.DefaultPath], key), p.Stdin, p.MessageOut(ctx), log)
}

// load builds a server for each document.
func (s *Serving) load(ctx context.Context, mounts []Mount, log *slog.Logger) (all []*Watched, err error) {
	for _, m := range mounts {
		state := s.StateOf(m) // taken before the document is read, so that no later change is missed
		set, err := cli.OrEnd(ctx, func() (*spectools.Set, error) { return s.ToolSet(ctx, m) })
		if err != nil {
			return nil, err
		}
		s.closers = append(s.closers, set.Close)
		w := &Watched{Mount: m, Set: set, last: state}
		if err := set.Pin(); err != nil {
			return nil, err
		}
		if w.quarantined, err = set.Quarantined(); err != nil {
			return nil, err
		}
		w.Server = spectools.NewServer(set, s.Server)
		all = append(all, w)
		for _, n := range set.Notes() {
			log.Info("document", "note", n.String())
		}
	}
	return all, nil
}

// checkNamed returns an error for a flag value that matches nothing: with a typo, calls would not
// be held.
func checkNamed(flag string, rules []string, sets []*spectools.Set) error {
	names := map[string]bool{}
	for _, set := range sets {
		for _, op := range set.Operations() {
			names[op.Tool], names[strings.ToLower(op.Method)] = true, true
		}
	}
	for _, r := range rules {
		if !names[r] && !names[strings.ToLower(r)] && !isMethod(r) { // a request may be sent with another method
			return cli.WithHint(cli.Misusef("--%s %s: no tool or method has that name", flag, r),
				"spectap serve SPEC --dry-run, which prints the names of tools")
		}
	}
	return nil
}

// parseMounts parses values of --mount: /base=SPEC or /base:SPEC, and optionally ",URL".
func parseMounts(args []string) ([]Mount, error) {
	var out []Mount
	seen := make(map[string]bool)
	for _, a := range args {
		i := strings.IndexAny(a, "=:")
		if i < 2 || !strings.HasPrefix(a, "/") || i == len(a)-1 {
			return nil, cli.WithHint(cli.Misusef("--mount %s: must be /base=SPEC or /base=SPEC,URL", a), "--mount /api=api.yaml")
		}
		m := Mount{base: strings.TrimRight(a[:i], "/"), Spec: a[i+1:]}
		if i := strings.LastIndex(m.Spec, ","); i > 0 && cli.IsURL(m.Spec[i+1:]) {
			m.Spec, m.baseURL = m.Spec[:i], m.Spec[i+1:]
		}
		switch {
		case seen[m.base]:
			return nil, cli.Misusef("--mount %s: another document has this path", m.base)
		case m.base == "" || strings.ContainsAny(m.base, "{}? #%\\"):
			return nil, cli.Misusef("--mount %s: the path must not contain any of {}? #%%\\", a)
		}
		seen[m.base] = true
		out = append(out, m)
	}
	return out, nil
}

// setOptions sets options from flags and opens the files that they name.
func (s *Serving) setOptions(ctx context.Context) error {
	f, o := s.F, &s.Options
	*o = spectools.Options{
		BaseURL: f.baseURL, ServerVariables: f.vars, Policy: f.policy,
		Prefix: f.prefix, Principal: handler.Caller, MaxResult: f.out.maxResult, StrictOutput: f.strictOutput,
	}
	if f.out.timeout <= 0 || f.out.maxBody <= 0 || f.out.maxResult <= 0 || f.policy.HoldFor <= 0 ||
		f.out.retries < 0 || f.out.concurrent < 0 {
		return cli.WithHint(cli.Misusef("--timeout, --max-body, --max-result and --hold-for must be positive; "+
			"--retries and --concurrent must not be negative"), "spectap serve --help   # has the units and defaults")
	}
	if r := f.out.rate; r != 0 && !(r >= 1e-4 && r <= 1e6) { // also not a number
		return cli.WithHint(cli.Misusef("--rate %v: must be 0, which is no limit, or from 0.0001 to 1000000 calls per second", r),
			"--rate 0.5   # one call in two seconds")
	}
	o.Egress = egress.Config{
		AllowPrivate: f.out.allowPrivate, Timeout: f.out.timeout, MaxBody: f.out.maxBody,
		UserAgent: "spectap/" + cli.Version(), Retry: egress.Retry{Times: f.out.retries},
		Limit: egress.Limit{PerSecond: f.out.rate, Concurrent: f.out.concurrent},
	}
	var err error
	if f.out.proxy != "" {
		if o.Egress.Proxy, err = url.Parse(f.out.proxy); err != nil || !o.Egress.Proxy.IsAbs() {
			return cli.Misusef("--proxy %q: must be a URL", egress.WithoutUser(f.out.proxy))
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
	done, err := f.log.open(o)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, done)
	return nil
}

// filter returns the filter of the flags. With --read-only it also leaves out operations that
// write.
func (s *Serving) filter() (func(spectools.Operation) bool, error) {
	chosen, err := s.F.filter.filter()
	readOnly := s.F.policy.ReadOnly
	if err != nil || chosen == nil && !readOnly {
		return nil, err
	}
	return s.F.filter.count(func(op spectools.Operation) bool {
		return (chosen == nil || chosen(op)) && (!readOnly || guard.IsSafe(op.Method))
	}), nil
}

func (s *Serving) setServerOptions() error {
	f := s.F
	s.Server = spectools.ServerOptions{Version: cli.Version(), MaxList: f.maxList}
	switch f.mode {
	case "auto":
	case "static", "dynamic":
		s.Server.Mode = spectools.Mode(f.mode)
	default:
		return cli.Misusef("--mode %q: must be auto, static or dynamic", f.mode)
	}
	if f.maxList <= 0 {
		return cli.Misusef("--max-list must be positive")
	}
	return nil
}

// maxLeftOut bounds the list of operations that were left out.
const maxLeftOut = 20

// printServed prints on stderr which operations are served and which were left out.
func (s *Serving) printServed(m Mount, set *spectools.Set) {
	p := s.P
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
	fmt.Fprintf(p.Stderr, "spectap: %s%s, calls of %d are held until confirmed; %s left out",
		name, cli.Plural(len(set.Operations()), "tool"), held, cli.Plural(len(lost), "operation"))
	if filtered > 0 {
		fmt.Fprintf(p.Stderr, ", %d filtered out", filtered)
	}
	if n := len(set.Notes()); n > 0 {
		fmt.Fprintf(p.Stderr, "; %s on differences from the document (--log-level info)", cli.Plural(n, "note"))
	}
	fmt.Fprintln(p.Stderr)
	if n := len(set.Shown()); n < len(set.Operations()) {
		fmt.Fprintf(p.Stderr, "  the policy shows %d of %s\n", n, cli.Plural(len(set.Operations()), "tool"))
	}
	s.printQuarantined(set)
	if s.Server.Mode == spectools.ModeAuto && s.Server.IsDynamic(set) {
		fmt.Fprintf(p.Stderr, "  they are more than %d, or their list has more than %d bytes: agents search them (--mode static lists them)\n",
			spectools.MaxListed, s.Server.MaxList)
	}
	s.printLacks(set)
	for i, skip := range lost {
		if i == maxLeftOut {
			fmt.Fprintf(p.Stderr, "  … and %d more\n", len(lost)-i)
			break
		}
		io.WriteString(p.Stderr, "  left out: "+visible.Line(skip.String())+"\n")
	}
}

// warnPrivate prints that calls will be refused because the server of a document has a private
// address. Names other than localhost are not looked up: the client checks them for each call.
func (s *Serving) warnPrivate(m Mount, set *spectools.Set) {
	if s.F.baseURL != "" || m.baseURL != "" || s.F.out.allowPrivate || s.F.out.proxy != "" {
		return
	}
	u, err := url.Parse(set.CredentialOrigin())
	if err != nil || !address.IsSpecialHost(u.Hostname()) {
		return
	}
	fmt.Fprintf(s.P.Stderr, "spectap: calls to %s will be refused: its address is not public\n",
		visible.Line(u.String()))
	fmt.Fprintln(s.P.Stderr, "try: --base-url URL, which allows this server, or --allow-private")
}

// ToolSet builds the tools of a document, or of the capture if the mount names no document.
func (s *Serving) ToolSet(ctx context.Context, m Mount) (*spectools.Set, error) {
	doc, err := document.ServedDocument(ctx, s.P, m.Spec, s.F.host)
	if err != nil {
		return nil, err
	}
	o := s.Options
	o.AssumedSecurity = credential.Assume(doc)
	if g := s.guards[m.base]; g != nil && g.HasPolicy() {
		o.Lists = g.Lists
	}
	chain, callers, err := s.credentials(m, doc)
	if err != nil {
		return nil, err
	}
	o.Credentials, o.Caller = chain, callers
	if cli.IsURL(m.Spec) {
		o.DocumentURL = m.Spec
	}
	if m.baseURL != "" {
		o.BaseURL = m.baseURL
	}
	o.SignIn = spectools.SignIn{Operation: s.signInOf(m, doc), Get: s.signIn}
	s.signsIn = o.SignIn.Operation != ""
	if s.signIn == nil {
		o.SignIn.Get = s.environment(m)
	}
	o.Pins = s.pinsOf(m)
	if o.Workflows, err = s.workflows(); err != nil {
		return nil, err
	}
	name := cmp.Or(m.Spec, "the capture")
	set, err := spectools.FromDocument(doc, o)
	switch {
	case errors.Is(err, spectools.ErrNoServer):
		return nil, cli.WithHint(fmt.Errorf("serve %s: %w", name, err), "spectap serve "+m.Spec+" --base-url https://…")
	case err != nil:
		err = fmt.Errorf("serve %s: %w", name, err)
		meant := cli.MeantURL(o.BaseURL)
		if meant == "" && !errors.Is(err, egress.ErrOrigin) {
			return nil, err
		}
		return nil, cli.WithHint(cli.Misused(err), "spectap serve "+m.Spec+" --base-url "+cmp.Or(meant, "https://HOST"))
	}
	for _, x := range chain {
		if l, ok := x.(*logins); ok && s.starting {
			if err := l.signIn(ctx, set); err != nil {
				return nil, fmt.Errorf("serve %s: %w", name, err)
			}
		}
	}
	if !s.F.mock {
		s.printCredentials(m, &o, set)
	}
	return set, nil
}

// workflows reads the document of --workflows.
func (s *Serving) workflows() ([]workflow.Workflow, error) {
	if s.F.workflows == "" {
		return nil, nil
	}
	text, err := cli.ReadFile(s.F.workflows, cli.MaxInput)
	if err != nil {
		return nil, fmt.Errorf("read workflows: %w", err)
	}
	a, err := workflow.Read(text)
	if err != nil {
		return nil, cli.WithHint(fmt.Errorf("read workflows %s: %w", s.F.workflows, err), "spectap workflows -o "+cli.QuoteArg(s.F.workflows))
	}
	return a.Workflows, nil
}
