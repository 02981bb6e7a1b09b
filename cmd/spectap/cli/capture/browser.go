package capture

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/desktop/browser"
)

const browserExample = `  spectap browser https://shop.example.com
  spectap browser --ui http://localhost:3000          # see the traffic while you click
  spectap browser -o api.yaml https://shop.example.com
  spectap browser --browser brave --tag checkout https://shop.example.com
  timeout -s INT 20 spectap browser --headless https://shop.example.com`

const browserLong = `Starts an installed Chromium, Chrome, Edge, Brave or Firefox whose HTTP traffic passes through the
proxy, also that with localhost and 127.0.0.1, and records it as a session until you close the
browser or interrupt this. Safari has no profiles: see docs/desktop.md for a browser by hand.

The browser has a temporary profile, which is removed at the end: it knows none of your cookies,
passwords and extensions. Only this profile accepts the CA, so nothing is installed. Requests that a
browser sends on its own behalf (updates, safe browsing, suggestions, metrics) are switched off.

Without -o or --into no document is written; spectap export --session last does it later. With
several hosts, -o writes them as spectap run does.`

// NewBrowserCmd returns the command browser.
func NewBrowserCmd(p *cli.Program) *cobra.Command {
	o := browserOptions{run: runOptions{
		tap:  TapOptions{Listen: "127.0.0.1:0"},
		idle: "No page was opened, or the browser could not start",
	}}
	cmd := &cobra.Command{
		Use:     "browser [URL]",
		Short:   "Record what you do in a browser with a temporary profile",
		Long:    browserLong,
		Example: browserExample,
		Args:    cli.AtMost(1, "at most one URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.url = args[0]
			}
			return runBrowser(p, cmd, &o)
		},
	}
	cmd.Flags().StringVar(&o.browser, "browser", "",
		"the `program` to start: a path or a command (default: the first of Chromium, Chrome, Edge, Brave, Firefox that is installed)")
	cmd.Flags().BoolVar(&o.headless, "headless", false, "start the browser without a window, for tests and CI; it stays until interrupted")
	o.run.addFlags(p, cmd, "")
	return cmd
}

type browserOptions struct {
	run          runOptions
	browser, url string
	headless     bool
}

func runBrowser(p *cli.Program, cmd *cobra.Command, o *browserOptions) error {
	if err := checkPage(o.url); err != nil {
		return err
	}
	path, err := browser.Find(o.browser)
	if err != nil {
		return cli.WithHint(err, "install one, or name its program with --browser")
	}
	isDesktop := runtime.GOOS == "darwin" || runtime.GOOS == "windows"
	if !o.headless && !isDesktop && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return cli.WithHint(errors.New("there is no display: DISPLAY and WAYLAND_DISPLAY are not set"), "--headless")
	}
	noSandbox := os.Geteuid() == 0 && !browser.IsFirefox(path)
	if noSandbox {
		fmt.Fprintln(p.Stderr, "spectap: the browser runs as root, and so without its sandbox: open only pages that you trust")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // a terminal that closes
	defer stop()
	o.run.tap.session = []string{filepath.Base(path)}
	if o.url != "" {
		o.run.tap.session = append(o.run.tap.session, o.url)
	}
	return recordSession(p, cmd, &o.run, func(t *Tap) (int, error) {
		fmt.Fprintf(p.Stderr, "spectap: %s records until you close it or interrupt this\n", path)
		err := browser.Run(ctx, browser.Config{
			Path: path, URL: o.url, Proxy: t.Listener.Addr().String(), Headless: o.headless, NoSandbox: noSandbox,
			CA: t.CA.Root(),
		})
		if errors.Is(err, browser.ErrEnded) { // its earlier traffic is recorded
			fmt.Fprintf(p.Stderr, "spectap: %v\n", err)
			return cli.ExitFailed, nil
		}
		return 0, err
	})
}

// checkPage checks the URL of a page. The browser must not parse it as a flag.
func checkPage(page string) error {
	if page == "" {
		return nil
	}
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return cli.WithHint(cli.Misusef("%q: must be a URL that begins with https:// or http://", page), "spectap browser https://HOST")
	}
	return nil
}
