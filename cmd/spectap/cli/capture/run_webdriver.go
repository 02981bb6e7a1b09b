package capture

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/desktop/browser"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/address"
)

// driversFolder is the folder in that of a run with the ports of WebDriver servers.
const driversFolder = "drivers"

// RelayCommand is the hidden command that a run starts instead of a WebDriver server.
const RelayCommand = "webdriver"

// withDriver reports whether a flow is one of a client with a WebDriver server of the run. It is
// undecided until the flow is answered where the client may ask a server that is about to listen.
// A client of Selenium also names itself to a server that it started without the relay.
func (o *runOptions) withDriver(drivers string, f *flow.Flow, answered bool) (skip, decided bool) {
	host, port, err := net.SplitHostPort(f.Request.Authority)
	if err != nil || !address.IsLoopback(host) {
		return false, true
	}
	asks := f.Request.Method == http.MethodGet && path.Base(f.Request.Path) == "status"
	relayed := browser.IsWebDriverPort(drivers, port)
	selenium := strings.HasPrefix(f.Request.Header.Get("User-Agent"), "selenium/")
	if relayed || selenium || asks && answered && f.Response == nil {
		if !relayed && f.Request.Method == http.MethodPost && path.Base(f.Request.Path) == "session" {
			os.WriteFile(filepath.Join(drivers, port), nil, 0o600) // other requests to it follow
		}
		o.helpers.Add(1)
		return true, true
	}
	return false, answered || !asks
}

// NewWebDriverCmd returns the command webdriver.
func NewWebDriverCmd(p *cli.Program) *cobra.Command {
	return &cobra.Command{
		Use:                RelayCommand + " DIR DRIVER [ARGUMENT…]",
		Short:              "Start a WebDriver server of a recorded command",
		Hidden:             true,
		DisableFlagParsing: true, // the flags are the server's
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return cli.Usagef(cmd, "%s is for the scripts of spectap run", cmd.CommandPath())
			}
			text, err := os.ReadFile(filepath.Join(args[0], "browser.json"))
			if err != nil {
				return fmt.Errorf("read the flags of browsers: %w", err)
			}
			var hook struct {
				Flags []string `json:"flags"`
			}
			if err := json.Unmarshal(text, &hook); err != nil {
				return fmt.Errorf("read the flags of browsers: %w", err)
			}
			status, err := browser.RunWebDriver(cmd.Context(), browser.WebDriver{
				Driver: args[1], Args: args[2:], Flags: hook.Flags, Ports: filepath.Join(args[0], driversFolder),
				Environ: os.Environ(), Stdin: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr,
			})
			if err != nil || status == 0 {
				return err
			}
			return cli.ExitStatus(status)
		},
	}
}
