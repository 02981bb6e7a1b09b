package capture

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/desktop/childenv"
	"github.com/spectap/spectap/desktop/netns"
	"github.com/spectap/spectap/gateway/httpguard"
)

// advisoryHint says how to run a command with a guard that it can evade.
const advisoryHint = "--guard-advisory   # the command can then connect past the guard"

// InsideCommand is the hidden command that a transparent run starts in the network namespace of its
// command.
const InsideCommand = "inside"

// NewInsideCmd returns the command inside.
func NewInsideCmd() *cobra.Command {
	return &cobra.Command{
		Use:                InsideCommand + " FILE NAME [ARGUMENT…]",
		Short:              "Start the command of a transparent run in its network",
		Hidden:             true,
		DisableFlagParsing: true, // the flags are the command's
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := netns.Inside(args); err != nil {
				return cli.Usagef(cmd, "%s is for spectap run --transparent: %w", cmd.CommandPath(), err)
			}
			return nil
		},
	}
}

// childInside runs the command in a network namespace whose connections all reach the proxy, and
// returns its exit status. dir holds the files of its environment.
func childInside(p *cli.Program, t *Tap, space *netns.Space, g *httpguard.Guard, args, env []string, dir string) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find the file of this program, which --transparent starts: %w", err)
	}
	path := childenv.LookPath(env, args[0])
	if _, err := exec.LookPath(path); err != nil {
		return cannotStart(args[0], err)
	}
	var covers []netns.Cover
	for file, over := range childenv.Replacements(dir, env) {
		if err := os.Chmod(file, 0o644); err != nil { // for users that root's programs change to
			return 0, fmt.Errorf("let the command read its certificates: %w", err)
		}
		covers = append(covers, netns.Cover{File: file, Over: over})
	}
	signals := notify()
	defer signal.Stop(signals)
	cfg := netns.Config{
		Helper: []string{self, InsideCommand}, Path: path, Args: args, Env: env, Streams: p.Inherit, Covers: covers,
		Connect: func(to netip.AddrPort) (net.Conn, error) { return t.proxy.ConnectRedirected(to, space.Name) },
		Serve: func(c net.Conn, to netip.AddrPort, upstream net.Conn) {
			t.proxy.ServeRedirected(capture.Redirected{Conn: c, To: to, Upstream: upstream, Name: space.Name})
		},
	}
	if g != nil {
		cfg.Apart, cfg.Resolves = true, g.Resolves
	}
	err = space.Start(cfg)
	var start *netns.StartError
	var denied *netns.DeniedError
	switch {
	case errors.As(err, &start):
		return cannotStart(args[0], start.Err)
	case errors.As(err, &denied) && t.guarded:
		return 0, cli.WithHint(fmt.Errorf("--guard: the command needs a network of its own: %w", err), denied.Try+"\n"+advisoryHint)
	case errors.As(err, &denied):
		return 0, cli.WithHint(fmt.Errorf("--transparent: %w", err), denied.Try)
	case err != nil:
		return 0, fmt.Errorf("--transparent: %w", err)
	}
	t.programs = []bypassProgram{{Name: args[0] + ", or what it started,", Proxied: true}}
	var status int
	err = untilEnd(p, signals, space.Signal, func() (err error) {
		status, err = space.Wait()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("run %s: %w", args[0], err)
	}
	return status, nil
}
