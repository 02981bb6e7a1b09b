package page

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/page"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/store"
)

const uiExample = `  spectap ui                                 # the default store
  spectap ui --db shop.db --no-open          # print the link only
  spectap ui --approvals approvals.json      # decide on calls that wait for a person
  spectap ui --grants grants.json --pins pins.json --audit audit.jsonl
  spectap ui --document api.yaml             # compare with a document, and see what traffic did not reach
  spectap proxy --ui                         # record, and show what is recorded
  spectap run --ui -o api.yaml -- npm test`

const uiLong = `Serves a page that shows the traffic of a store as it is recorded, on this machine only, until
interrupted, and opens it in a browser if there is one. The link that is printed opens the page; who
has it can see the traffic. Secrets are hidden until you reveal one.

While a proxy records, the page reads the store through it. What you send from the page goes to the
API that was recorded, or that the document describes, after you have seen it.`

// Flags are the flags of commands with a page.
type Flags struct {
	On     bool
	listen string
	// listenFlag is the name of the flag that sets listen.
	listenFlag string
	noOpen     bool
	// approvals is the file of the held calls, or "".
	approvals string
	// approvalKey is the file of the key that approvals need, or "".
	approvalKey string
	// grants, pins, audit and policy are the files of a gateway or a guard, or "".
	grants, pins, audit, policy string
	guards                      bool // the command has a guard
	auditKeys                   []string
	// allowPrivate and trust are for the requests of the panel Call.
	allowPrivate bool
	Trust        flagset.TrustFlags
	// document is the file that the page compares the inferred document with, or "".
	document string
	// recorder is the proxy of the command, if it has one.
	Recorder traffic.Recorder
	// sending is the sender of the store's flows to a hub, or nil.
	Sending *hub.Forwarding
	// open opens the store; nil means the store of the command line.
	Open func(store.Options) (control.Store, error)
}

// AddFlags adds the flags of a command that also does something else.
func (f *Flags) AddFlags(cmd *cobra.Command) {
	f.listenFlag = "--ui-listen"
	cmd.Flags().BoolVar(&f.On, "ui", false, "also serve the page of spectap ui, at --ui-listen")
	cmd.Flags().StringVar(&f.listen, "ui-listen", "127.0.0.1:0", "with --ui: loopback `address` of the page")
	cmd.Flags().BoolVar(&f.noOpen, "no-open", false, "with --ui: do not open a browser")
}

// Guarded makes the page show the files of a guard, if there is one.
func (f *Flags) Guarded(g *gateway.PolicyFlags) {
	f.guards, f.policy = g.IsEnforced(), g.Policy
	f.approvals, f.approvalKey, f.audit = g.Files()
}

// Check returns an error for flags that need --ui.
func (f *Flags) Check(cmd *cobra.Command) error {
	return flagset.Check(cmd, flagset.Need("ui-listen no-open", "ui", ""))
}

// NewCmd returns the command ui.
func NewCmd(p *cli.Program) *cobra.Command {
	f := Flags{On: true, listenFlag: "--listen"}
	cmd := &cobra.Command{
		Use:     "ui",
		Short:   "Show the captured traffic on a page in the browser",
		Long:    uiLong,
		Example: uiExample,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := flagset.Check(cmd, flagset.Need("audit-key", "audit", ""), flagset.Need("approval-key", "approvals", "")); err != nil {
				return err
			}
			if f.document != "" {
				if _, err := document.LoadSpec(cmd.Context(), p, f.document); err != nil {
					return err
				}
			}
			wait, err := startPage(cmd.Context(), p, &f, p.Stdout)
			if err != nil {
				return err
			}
			return wait()
		},
	}
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 selects a free one")
	cmd.Flags().BoolVar(&f.noOpen, "no-open", false, "do not open a browser")
	cmd.Flags().StringVar(&f.approvalKey, "approval-key", "", "with --approvals: the `file` of the key that gateway, serve or mcp was given")
	cmd.Flags().StringVar(&f.approvals, "approvals", "",
		"also show the held calls of this `file`, as given to gateway, serve or mcp, and let you decide on them")
	cmd.Flags().StringVar(&f.grants, "grants", "", "also show the grants of this `file`, as given to gateway, and let you revoke them")
	cmd.Flags().StringVar(&f.pins, "pins", "",
		"also show the pins of this `file`, as given to gateway or serve, and let you accept and reject what waits")
	cmd.Flags().StringVar(&f.audit, "audit", "", "also show the audit in this `file`, as given to gateway, serve or mcp")
	cmd.Flags().StringVar(&f.policy, "policy", "",
		"also let you allow what a guard denied, by a change of this `file`, as given to run --guard or proxy --guard")
	cmd.Flags().StringArrayVar(&f.auditKeys, "audit-key", nil, "with --audit: the `file` of a public key that may have signed it (repeatable)")
	cmd.Flags().BoolVar(&f.allowPrivate, "allow-private", false,
		"let requests that you send go to names of private addresses; addresses and localhost need no permission")
	f.Trust.AddFlags(cmd.Flags(), "for requests that you send: ")
	p.AddRefs(cmd)
	p.AddProtoFlag(cmd)
	cmd.Flags().StringVar(&f.document, "document", "",
		"also show what differs from this OpenAPI `file`, such as that of your repository, and what of it traffic did not reach")
	return cmd
}

// startPage serves the page of the store until ctx ends. It prints the link to out, and opens it in
// a browser. wait returns when the page has ended; the caller calls it.
func startPage(ctx context.Context, p *cli.Program, f *Flags, out io.Writer) (wait func() error, err error) {
	log, err := p.Logger()
	if err != nil {
		return nil, err
	}
	rule := flagset.ListenRule{Flag: f.listenFlag, AnyPort: f.listenFlag + " 127.0.0.1:0, which selects a free port",
		RemoteFlag: "a tunnel such as ssh -L", ToRemote: f.listenFlag + " 127.0.0.1:0"}
	open := p.Open
	if f.Open != nil {
		open = f.Open
	}
	lease := control.NewLease(open)
	defer func() {
		if err != nil {
			lease.Close()
		}
	}()
	panels, err := panels(ctx, p, f, lease, log)
	if err != nil {
		return nil, err
	}
	l, err := rule.Listen(f.listen)
	if err != nil {
		return nil, err
	}
	s, err := page.New(page.Config{Addr: l.Addr(), Panels: panels, Log: log})
	if err != nil {
		l.Close()
		return nil, err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	fmt.Fprintf(out, "page at %s\n", s.URL())
	if !f.noOpen {
		cli.OpenBrowser(s.LaunchURL())
	}
	return func() error {
		err := <-served
		lease.Close()
		return err
	}, nil
}

// ShowPage serves the page if --ui is set. It prints the link on stderr. wait is never nil and
// waits until the page has ended; the command calls it at its end.
func ShowPage(ctx context.Context, p *cli.Program, f *Flags) (wait func() error, err error) {
	if !f.On {
		return func() error { return nil }, nil
	}
	return startPage(ctx, p, f, p.Stderr)
}
