package serve

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
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
	"github.com/spectap/spectap/mcptools/spectools"
)

// name returns the name of a mount for people, or "" for a single document.
func (m Mount) name() string { return strings.TrimPrefix(m.base, "/") }

// setPolicy sets the policy that --policy names, for all documents. A second one is refused, since
// it would replace the first.
func (f *Flags) setPolicy() error {
	switch {
	case len(f.policies) > 1:
		return cli.WithHint(cli.Misusef("--policy %s: another policy is for all documents", f.policies[1]),
			"spectap gateway --config FILE, in which each server has a policy, such as spectap serve of one document")
	case slices.Contains(f.policies, ""):
		return cli.Misusef("--policy must name a file")
	}
	f.enforced.Policy = strings.Join(f.policies, "")
	return nil
}

// enforce puts the policy of --policy in force, and the flags that hold calls. A dry run only
// applies it to the list of tools.
func (s *Serving) enforce(ctx context.Context, mounts []Mount, log *slog.Logger) (err error) {
	f := s.F.enforced
	f.Require = s.F.approval.policy()
	if s.F.dry.run {
		f.Audit, f.State, f.Values, f.Held, f.Channels = "", "", false, "", gateway.ChannelFlags{}
	}
	if err := f.OpenApprovals(s.P.Stderr); err != nil {
		return err
	}
	s.closers = append(s.closers, f.StartTraces(s.P.Stderr, log))
	if s.inForce, err = gateway.EnforcePolicy(ctx, s.P, &f); err != nil {
		return err
	}
	s.closers = append(s.closers, func() { s.inForce.Close() }) // the audit may lack its last record
	s.guards = map[string]*enforce.Guard{"": s.inForce.Guard}
	for _, m := range mounts {
		if m.base != "" {
			s.guards[m.base] = s.inForce.Guard.Named(m.name())
		}
	}
	end, err := gateway.OpenChannels(ctx, s.P, &f.Channels, f.Approvals, log)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, end)
	return nil
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
