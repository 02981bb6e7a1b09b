package serve

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/spectools"
)

// mountPolicy is a policy in force with the paths of its mounts.
type mountPolicy struct {
	*gateway.Enforcing
	bases []string
}

// name returns the name of a mount for people, or "" for a single document.
func (m Mount) name() string { return strings.TrimPrefix(m.base, "/") }

// dividePolicies sets the policies that --policy names: FILE for all documents, /base=FILE for one
// mount. Every mount must have a policy, and every policy a mount.
func (f *Flags) dividePolicies() error {
	mounts, err := parseMounts(f.mounts)
	if err != nil {
		return err
	}
	e := &f.enforced
	e.Policy, e.Own = "", map[string]string{}
	for _, a := range f.policies {
		base, file, isOwn := strings.Cut(a, "=")
		if isOwn = isOwn && strings.HasPrefix(a, "/") && mounts != nil; !isOwn {
			base, file = "", a
		}
		base = strings.TrimRight(base, "/")
		switch {
		case file == "":
			return cli.Misusef("--policy %q: must be FILE, or /base=FILE with --mount /base=SPEC", a)
		case !isOwn && e.Policy != "":
			return cli.Misusef("--policy %s: another policy is for all documents; write --policy /base=%s for a mount", a, a)
		case !isOwn:
			e.Policy = file
		case !slices.ContainsFunc(mounts, func(m Mount) bool { return m.base == base }):
			return cli.Misusef("--policy %s: no --mount has the path %s", a, base)
		case e.Own[base] != "":
			return cli.Misusef("--policy %s: %s has another policy", a, base)
		default:
			e.Own[base] = file
		}
	}
	if len(e.Own) == 0 {
		return nil
	}
	if e.Policy != "" && len(e.Own) == len(mounts) {
		return cli.Misusef("--policy %s has no effect: each mount has a policy of its own", e.Policy)
	}
	for _, m := range mounts {
		if e.Policy == "" && e.Own[m.base] == "" {
			return cli.Misusef("--mount %s has no policy, and others have one: add --policy %s=FILE, or --policy FILE for all without one",
				m.base, m.base)
		}
	}
	return nil
}

// enforce puts the policies of --policy in force, and the flags that hold calls. A dry run only
// applies them to the list of tools.
func (s *Serving) enforce(ctx context.Context, mounts []Mount, log *slog.Logger) error {
	f := s.F.enforced
	f.Require = s.F.approval.policy()
	if s.F.dry.run {
		f.Audit, f.State, f.Values, f.Held, f.Channels = "", "", false, "", gateway.ChannelFlags{}
	}
	if err := f.OpenApprovals(s.P.Stderr); err != nil {
		return err
	}
	s.closers = append(s.closers, f.StartTraces(s.P.Stderr, log))
	s.guards = map[string]*enforce.Guard{}
	if len(f.Own) < len(mounts) {
		e, err := s.enforceOne(ctx, &f)
		if err != nil {
			return err
		}
		var bases []string
		for _, m := range mounts {
			switch {
			case f.Own[m.base] != "":
				continue
			case m.base == "":
				s.guards[m.base] = e.Guard
			default:
				s.guards[m.base] = e.Guard.Named(m.name())
			}
			bases = append(bases, m.base)
		}
		s.policies = append(s.policies, mountPolicy{e, bases})
	}
	for _, m := range mounts {
		if f.Own[m.base] == "" {
			continue
		}
		own := policyOfMount(&f, m)
		e, err := s.enforceOne(ctx, &own)
		if err != nil {
			return fmt.Errorf("the policy of --mount %s: %w", m.base, err)
		}
		s.guards[m.base] = e.Guard
		s.policies = append(s.policies, mountPolicy{e, []string{m.base}})
	}
	end, err := gateway.OpenChannels(ctx, s.P, &f.Channels, f.Approvals, log)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, end)
	return nil
}

// policyOfMount returns the flags of a mount that has a policy of its own. Its counters are in a
// file of their own, because policies may use the same names; taints are shared.
func policyOfMount(f *gateway.PolicyFlags, m Mount) gateway.PolicyFlags {
	own := *f
	own.Policy, own.Own, own.Name, own.Server = f.Own[m.base], nil, m.name(), m.name()
	if f.State != "" {
		own.State, own.Taints = f.State+".mount-"+url.PathEscape(m.name()), f.State+".taints"
	}
	return own
}

// enforceOne puts a policy in force in addition to earlier ones.
func (s *Serving) enforceOne(ctx context.Context, f *gateway.PolicyFlags) (e *gateway.Enforcing, err error) {
	if len(s.policies) == 0 {
		e, err = gateway.EnforcePolicy(ctx, s.P, f)
	} else {
		e, err = gateway.EnforceBeside(ctx, s.P, f, s.policies[0].Enforcing, f.Name)
	}
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func() { e.Close() }) // the audit may lack its last record
	return e, nil
}

// reloadPolicies replaces policies when their files change, until ctx ends. It notifies the clients
// of their mounts.
func (s *Serving) reloadPolicies(ctx context.Context, servers map[string]front.Server, log *slog.Logger) {
	for _, p := range s.policies {
		of := make(map[string]front.Server)
		for _, base := range p.bases {
			of[base+front.DefaultPath] = servers[base+front.DefaultPath]
		}
		logged := log
		if p.Name != "" {
			logged = log.With("mount", p.bases[0])
		}
		go p.Reload(ctx, logged, gateway.ToolsChanged(of))
	}
}

// EveryWrite is the value of --require-approval if none is given: all calls that are held.
const EveryWrite = "writes"

// approvalDemand is --require-approval: the methods and tools whose calls need a person's approval.
type approvalDemand []string

func (d *approvalDemand) register(cmd *cobra.Command) {
	f := cmd.Flags()
	defer cli.Under(f, cli.HeadPolicy)()
	f.StringSliceVar((*[]string)(d), "require-approval", nil,
		"with --approvals: send calls only when a person outside of the client approves them: --require-approval for all "+
			"that change something, --require-approval=`METHOD|TOOL` for others (repeatable)")
	f.Lookup("require-approval").NoOptDefVal = EveryWrite
}

// check returns an error for a demand that no approval can meet.
func (d approvalDemand) check(cmd *cobra.Command, f *gateway.PolicyFlags) error {
	if len(d) > 0 && f.Held == "" {
		return cli.Usagef(cmd, "--require-approval needs --approvals FILE, where spectap approvals finds the calls")
	}
	return nil
}

func isMethod(s string) bool {
	return slices.Contains([]string{
		http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	}, strings.ToUpper(s))
}

// policy returns the calls that need an approval, or nil if none does.
func (d approvalDemand) policy() *guard.Policy {
	if len(d) == 0 {
		return nil
	}
	return &guard.Policy{NoConfirmDangerous: !slices.Contains(d, EveryWrite), Confirm: d.names()}
}

// names returns the methods and tools.
func (d approvalDemand) names() []string {
	return slices.DeleteFunc(slices.Clone(d), func(s string) bool { return s == EveryWrite })
}

// OnlyDocument is the name in the book of pins of a document without a mount.
const OnlyDocument = "api"

// serveNoPins is the reason why policies of serve cannot set when pins are compared.
const serveNoPins = "serve compares its tools with --pins at each call; remove it"

// openPins opens the file of --pins, if there is one. A file that cannot be used stops the server,
// since it decides which tools must not be called.
func (s *Serving) openPins() (err error) {
	s.book, err = gateway.OpenPinBook(s.F.pins)
	s.F.enforced.Pins = s.book
	return err
}

// pinsOf returns the pins of a mount, or nil without --pins.
func (s *Serving) pinsOf(m Mount) *spectools.Pins {
	if s.book == nil {
		return nil
	}
	if s.pins[m.base] == nil {
		if s.pins == nil {
			s.pins = map[string]*spectools.Pins{}
		}
		s.pins[m.base] = spectools.NewPins(s.book, cmp.Or(m.name(), OnlyDocument), s.guards[m.base].IsShadow())
	}
	return s.pins[m.base]
}

// followPins notifies the clients of a document when people have decided on its tools. The pins are
// also compared at each list and call.
func (s *Serving) followPins(w *Watched, log *slog.Logger) {
	if s.book == nil {
		return
	}
	now, err := w.Set.Quarantined()
	if err != nil {
		if !w.unpinned {
			log.Warn("no tool is listed or called: the pins cannot be read", "error", err)
		}
		w.unpinned = true
		return
	}
	neither := func(pin.Status, pin.Status) bool { return true } // is accepted
	if !w.unpinned && maps.EqualFunc(now, w.quarantined, neither) {
		return
	}
	w.quarantined, w.unpinned = now, false
	w.Server.MCP().SendNotificationToAllClients(mcp.MethodNotificationToolsListChanged, nil)
}

// printQuarantined prints on stderr which tools of a set wait for a person.
func (s *Serving) printQuarantined(set *spectools.Set) {
	if s.book == nil {
		return
	}
	all, err := set.Quarantined()
	if err != nil || len(all) == 0 {
		return // the next comparison of the tools reports the error
	}
	fmt.Fprintf(s.P.Stderr, "  %s refused until a person accepts what is new or has changed: spectap pins diff --pins %s\n",
		cli.Plural(len(all), "tool"), visible.Line(s.F.pins))
}
