package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"github.com/spectap/spectap/internal/sysproxy"
)

const systemProxyExample = `  spectap proxy &                        # the proxy itself; the desktop needs it while this is on
  spectap ca install                     # so that HTTPS can be recorded
  spectap system-proxy on                # the desktop's programs now pass through it
  spectap system-proxy status
  spectap system-proxy off               # what was set before is back
  spectap system-proxy on --pac          # by the proxy's own PAC file instead`

const systemProxyLong = `Set the desktop's proxy: GNOME and what follows its settings (through gsettings), KDE (kwriteconfig5 or 6), macOS
(networksetup), Windows (the registry). All that are here are set. macOS and Windows are untested.

What was set before is saved first, in the data folder, and given back by off, also after a crash and however often on was
called. Programs started from a shell take no notice of the desktop: for them there is ` + "`spectap run`" + `.`

func newSystemProxyCmd(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "system-proxy",
		Short:   "Make the proxy that of the desktop, and give it back",
		Long:    systemProxyLong,
		Example: systemProxyExample,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "spectap system-proxy takes a command: on, off or status")
			}
			return usagef(cmd, "unknown command %q: must be on, off or status", args[0])
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	var listen string
	var pac, force bool
	on := &cobra.Command{
		Use: "on", Short: "Set the desktop's proxy", Args: exactly(0, "no arguments"),
		Example: "  spectap system-proxy on\n  spectap system-proxy on --listen 127.0.0.1:9090 --pac",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := sysproxy.ParseSettings(listen, pac)
			if err != nil {
				return usagef(cmd, "--listen %q: %w", listen, err)
			}
			return p.systemProxyOn(cmd, s)
		},
	}
	on.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the `address` that the proxy listens on")
	on.Flags().BoolVar(&pac, "pac", false, "name the proxy's PAC file instead of the proxy; nothing goes past it")
	off := &cobra.Command{
		Use: "off", Short: "Give back what was set before", Args: exactly(0, "no arguments"),
		Example: "  spectap system-proxy off\n  spectap system-proxy off --force",
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.systemProxyOff(cmd, force) },
	}
	off.Flags().BoolVar(&force, "force", false, "also where something else has changed the settings since")
	cmd.AddCommand(on, off, &cobra.Command{
		Use: "status", Short: "Show what is set, by whom, and whether the proxy answers", Args: exactly(0, "no arguments"),
		Long: "Show what is set, by whom, and whether the proxy answers. Exits with 3 when the desktop is set to a proxy of ours that\ndoes not answer: its programs reach nothing then.",
		RunE: func(cmd *cobra.Command, _ []string) error { return p.systemProxyStatus(cmd) },
	})
	return cmd
}

// systemProxy manages the desktops that are here.
func systemProxy(cmd *cobra.Command) *sysproxy.Manager {
	return &sysproxy.Manager{Desktops: sysproxy.Here(cmd.Context()), File: filepath.Join(xdg.DataHome, "spectap", "system-proxy.json")}
}

func (p *program) systemProxyOn(cmd *cobra.Command, s sysproxy.Settings) error {
	m := systemProxy(cmd)
	outs, err := m.On(cmd.Context(), s)
	if errors.Is(err, sysproxy.ErrNoDesktop) {
		return &hint{err, "spectap run -- COMMAND"}
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
		p.printOutcome(o, state)
	}
	if !set {
		return &hint{errors.New("no desktop took the proxy"), "spectap run -- COMMAND"}
	}
	if err := sysproxy.Answers(cmd.Context(), s); err != nil {
		fmt.Fprintf(p.stderr, "no proxy answers (%v): the desktop's programs reach nothing until it runs\ntry: spectap proxy --listen %s\n", err, s.Addr())
	}
	fmt.Fprintln(p.stderr, "to take it back: spectap system-proxy off")
	return nil
}

func (p *program) systemProxyOff(cmd *cobra.Command, force bool) error {
	m := systemProxy(cmd)
	outs, err := m.Off(cmd.Context(), force)
	var bad error
	for _, o := range outs {
		state := "already as before"
		switch {
		case errors.Is(o.Err, sysproxy.ErrChanged):
			state = "left alone"
			bad = &hint{fmt.Errorf("%s: %w", o.Desktop, o.Err), "spectap system-proxy off --force"}
		case o.Err != nil:
			state = "failed"
			if bad == nil {
				bad = fmt.Errorf("%s could not be given back; what was set before is kept in %s", o.Desktop, shorten(m.File))
			}
		case o.Done:
			state = "given back"
		}
		p.printOutcome(o, state)
	}
	if err != nil {
		return err
	}
	if len(outs) == 0 {
		fmt.Fprintln(p.stderr, "nothing to give back: the desktop's proxy was not set by spectap")
	}
	return bad
}

func (p *program) printOutcome(o sysproxy.Outcome, state string) {
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
	fmt.Fprintf(p.stdout, "%-8s %-17s %s\n", o.Desktop, state, what)
}

func (p *program) systemProxyStatus(cmd *cobra.Command) error {
	s, err := systemProxy(cmd).Status(cmd.Context())
	if err != nil {
		return err
	}
	if len(s.Desktops) == 0 {
		fmt.Fprintln(p.stderr, sysproxy.ErrNoDesktop)
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
		fmt.Fprintf(p.stdout, "%-8s %s (%s)\n", d.Desktop, what, by)
	}
	if s.Ours == nil {
		return nil
	}
	if err := sysproxy.Answers(cmd.Context(), *s.Ours); err != nil {
		fmt.Fprintf(p.stdout, "%-8s does not answer: %v\n", "proxy", err)
		fmt.Fprintf(p.stderr, "try: spectap proxy --listen %s, or spectap system-proxy off\n", s.Ours.Addr())
		return exitStatus(exitFound)
	}
	fmt.Fprintf(p.stdout, "%-8s answers on %s; set since %s\n", "proxy", s.Ours.Addr(), s.Since.Local().Format(time.DateTime))
	return nil
}
