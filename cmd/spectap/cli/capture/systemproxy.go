package capture

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/desktop/sysproxy"
)

const systemProxyExample = `  spectap proxy &                        # the proxy must run while the setting is on
  spectap ca install                     # so that HTTPS can be recorded
  spectap system-proxy on                # programs of the desktop now use the proxy
  spectap system-proxy status
  spectap system-proxy off               # restores the earlier setting
  spectap system-proxy on --pac          # use the PAC file of the proxy instead`

const systemProxyLong = `Sets the proxy of the desktop: GNOME and desktops that use its settings (with gsettings), KDE
(kwriteconfig5 or 6), macOS (networksetup), Windows (the registry). All of them that are present
are set. macOS and Windows are untested.

The earlier settings are saved in the data folder first. off restores them, also after a crash
and after several calls of on. Programs that are started from a shell ignore the settings of the
desktop: use ` + "`spectap run`" + ` for them.`

// NewSystemProxyCmd returns the command system-proxy.
func NewSystemProxyCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "system-proxy",
		Short:   "Set the proxy of the desktop, and restore it",
		Long:    systemProxyLong,
		Example: systemProxyExample,
		Args:    cli.SomeCommand("on, off or status"),
		RunE:    func(*cobra.Command, []string) error { return nil },
	}
	var listen string
	var pac, force bool
	on := &cobra.Command{
		Use: "on", Short: "Set the proxy of the desktop",
		Example: "  spectap system-proxy on\n  spectap system-proxy on --listen 127.0.0.1:9090 --pac",
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, from, err := ownProxy(p, listen)
			if err != nil {
				return err
			}
			s, err := sysproxy.ParseSettings(at, pac)
			if err != nil {
				return cli.Usagef(cmd, "%s %q: %w", from, at, err)
			}
			return systemProxyOn(p, cmd, s)
		},
	}
	on.Flags().StringVar(&listen, "listen", "",
		"`address` that the proxy listens on (env "+HostEnv+", "+PortEnv+"; default 127.0.0.1:8080)")
	on.Flags().BoolVar(&pac, "pac", false,
		"set the PAC file of the proxy instead of its address; then no host bypasses the proxy")
	off := &cobra.Command{
		Use: "off", Short: "Restore the earlier setting",
		Example: "  spectap system-proxy off\n  spectap system-proxy off --force",
		RunE:    func(cmd *cobra.Command, _ []string) error { return systemProxyOff(p, cmd, force) },
	}
	off.Flags().BoolVar(&force, "force", false, "also restore settings that something else has changed since")
	status := &cobra.Command{
		Use: "status", Short: "Print the setting, who set it, and whether the proxy responds",
		Example: "  spectap system-proxy status",
		Long: `Prints the setting of each desktop, who set it, and whether the proxy responds. The exit status
is 3 if a desktop uses a proxy of spectap that does not respond: its programs then reach nothing.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return systemProxyStatus(p, cmd) },
	}
	p.AddJSON(status, "print JSON")
	cmd.AddCommand(on, off, status)
	return cmd
}

// systemProxy returns a manager of the desktops on this machine.
func systemProxy(cmd *cobra.Command) *sysproxy.Manager {
	return &sysproxy.Manager{
		Desktops: sysproxy.Detect(cmd.Context()),
		File:     filepath.Join(xdg.DataHome, "spectap", "system-proxy.json"),
	}
}

func systemProxyOn(p *cli.Program, cmd *cobra.Command, s sysproxy.Settings) error {
	m := systemProxy(cmd)
	outs, err := m.On(cmd.Context(), s)
	if errors.Is(err, sysproxy.ErrNoDesktop) {
		return cli.WithHint(err, "spectap run -- COMMAND")
	}
	if err != nil {
		return err
	}
	set := false
	for _, o := range outs {
		state := "already set"
		switch {
		case o.Err != nil:
			state = "failed"
		case o.Done:
			state = "set"
		}
		set = set || o.Err == nil
		printOutcome(p, o, state)
	}
	if !set {
		return cli.WithHint(errors.New("no desktop took the proxy"), "spectap run -- COMMAND")
	}
	if err := sysproxy.Answers(cmd.Context(), s); err != nil {
		fmt.Fprintf(p.Stderr,
			"the proxy does not respond (%v): programs of the desktop reach nothing until it runs\n", err)
		fmt.Fprintf(p.Stderr, "try: spectap proxy --listen %s\n", s.Addr())
	}
	fmt.Fprintln(p.Stderr, "to restore the earlier setting: spectap system-proxy off")
	return nil
}

func systemProxyOff(p *cli.Program, cmd *cobra.Command, force bool) error {
	m := systemProxy(cmd)
	outs, err := m.Off(cmd.Context(), force)
	var bad error
	for _, o := range outs {
		state := "already as before"
		switch {
		case errors.Is(o.Err, sysproxy.ErrChanged):
			state = "not changed"
			bad = cli.WithHint(fmt.Errorf("%s: %w", o.Desktop, o.Err), "spectap system-proxy off --force")
		case o.Err != nil:
			state = "failed"
			if bad == nil {
				bad = fmt.Errorf("the setting of %s could not be restored; it is saved in %s",
					o.Desktop, cli.Shorten(m.File))
			}
		case o.Done:
			state = "restored"
		}
		printOutcome(p, o, state)
	}
	if err != nil {
		return err
	}
	if len(outs) == 0 {
		fmt.Fprintln(p.Stderr, "nothing to restore: spectap did not set the proxy of the desktop")
	}
	return bad
}

func printOutcome(p *cli.Program, o sysproxy.Outcome, state string) {
	what := o.Now
	if o.Err != nil {
		if what != "" {
			what += ": "
		}
		what += o.Err.Error()
	}
	if o.Untested != "" {
		what += " (" + o.Untested + ")"
	}
	fmt.Fprintf(p.Stdout, "%-8s %-17s %s\n", o.Desktop, state, what)
}

// printProxyJSON prints the settings of the desktops as JSON. silent is the reason why the proxy
// does not respond, or nil if it does.
func printProxyJSON(p *cli.Program, s sysproxy.Status, silent error) error {
	type desktop struct {
		Desktop string `json:"desktop"`
		Now     string `json:"now"`
		Before  string `json:"before"`
		By      string `json:"by"`
		Error   string `json:"error"`
	}
	out := struct {
		Desktops []desktop `json:"desktops"`
		// Proxy is the address that spectap has set, "" if none.
		Proxy    string     `json:"proxy"`
		Responds bool       `json:"responds"`
		Since    *time.Time `json:"since"`
	}{Desktops: []desktop{}}
	for _, d := range s.Desktops {
		x := desktop{Desktop: d.Desktop, Now: d.Now, Before: d.Before, By: string(d.By)}
		if d.Err != nil {
			x.Error = d.Err.Error()
		}
		out.Desktops = append(out.Desktops, x)
	}
	if s.Ours != nil {
		out.Proxy, out.Responds, out.Since = s.Ours.Addr(), silent == nil, &s.Since
	}
	return p.PrintIndentedJSON(out)
}

func systemProxyStatus(p *cli.Program, cmd *cobra.Command) error {
	s, err := systemProxy(cmd).Status(cmd.Context())
	if err != nil {
		return err
	}
	var silent error
	if s.Ours != nil {
		silent = sysproxy.Answers(cmd.Context(), *s.Ours)
	}
	if p.JSON {
		err = printProxyJSON(p, s, silent)
	} else {
		err = printProxy(p, s, silent)
	}
	if err == nil && silent != nil {
		err = cli.ExitStatus(cli.ExitFound)
	}
	return err
}

func printProxy(p *cli.Program, s sysproxy.Status, silent error) (err error) {
	if len(s.Desktops) == 0 {
		fmt.Fprintln(p.Stderr, sysproxy.ErrNoDesktop)
	}
	for _, d := range s.Desktops {
		what := d.Now
		if d.Err != nil {
			what = "cannot be read: " + d.Err.Error()
		}
		by := string(d.By)
		if d.Before != "" {
			by += "; before: " + d.Before
		}
		fmt.Fprintf(p.Stdout, "%-8s %s (%s)\n", d.Desktop, what, by)
	}
	switch {
	case silent != nil:
		fmt.Fprintf(p.Stdout, "%-8s does not respond: %v\n", "proxy", silent)
		fmt.Fprintf(p.Stderr, "try: spectap proxy --listen %s, or spectap system-proxy off\n", s.Ours.Addr())
	case s.Ours != nil:
		_, err = fmt.Fprintf(p.Stdout, "%-8s responds on %s; set since %s\n", "proxy", s.Ours.Addr(), s.Since.Local().Format(time.DateTime))
	}
	return err
}

// ownProxy returns the address of the proxy on this machine, and the name of the setting it came
// from. Only a flag may name another machine, since that machine would see the traffic of the
// desktop.
func ownProxy(p *cli.Program, listen string) (addr, from string, err error) {
	if listen != "" {
		return listen, "--listen", nil
	}
	if addr, from, err = proxyAddress(p); err != nil {
		return "", "", err
	}
	rule := flagset.ListenRule{
		Flag: from, RemoteFlag: "--listen", AnyPort: "spectap system-proxy on --listen 127.0.0.1:8080",
		ToRemote: "spectap system-proxy on --listen " + addr,
	}
	addr, err = rule.Check(addr)
	return addr, from, err
}
