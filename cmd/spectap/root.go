package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
)

// globalFlags are the flags that every command takes.
type globalFlags struct {
	db        string
	caDir     string
	config    string
	overrides string
	logLevel  string
	logFormat string
}

const rootExample = `  spectap run -o api.yaml -- npm test           # tap a test suite, write the document
  spectap proxy                                 # tap whatever uses the proxy, until interrupted
  spectap export -o api.yaml                    # the document of what was captured
  spectap mcp                                   # let an agent look at the capture (stdio)
  spectap serve api.yaml --base-url https://…   # let an agent call the API, guarded (stdio)
  spectap demo                                  # see all of it on a sample API`

func newRootCmd(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:           "spectap",
		Short:         "Tap HTTP traffic, get an API that an agent can use safely",
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	f := root.PersistentFlags()
	f.StringVar(&p.global.db, "db", os.Getenv("SPECTAP_DB"), "the `file` that keeps the capture (env SPECTAP_DB; default "+shorten(defaultDB())+")")
	f.StringVar(&p.global.caDir, "ca-dir", "", "the `folder` of the local CA (default "+shorten(defaultCADir())+")")
	f.StringVar(&p.global.config, "config", "", "the configuration `file` (env SPECTAP_CONFIG; default: the nearest "+configName+" upwards from here)")
	f.StringVar(&p.global.overrides, "overrides", "", "corrections of the inference, a YAML `file` (default: "+overridesName+" beside the store)")
	f.StringVar(&p.global.logLevel, "log-level", "warn", "log to stderr from this `level` on: debug, info, warn, error")
	f.StringVar(&p.global.logFormat, "log-format", "text", "`form` of the log: text or json")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usagef(cmd, "%w", err) })
	root.AddCommand(
		newRunCmd(p), newProxyCmd(p), newImportCmd(p), newFlowsCmd(p),
		newExportCmd(p), newExplainCmd(p), newCheckCmd(p), newVerifyCmd(p),
		newMCPCmd(p), newServeCmd(p), newCACmd(p), newDemoCmd(p), newVersionCmd(p),
		newDiffCmd(p), newValidateCmd(p), newLintCmd(p), newFilterCmd(p), newDocCmd(p),
		newClientCmd(p), newSystemProxyCmd(p), newStoreCmd(p),
	)
	return root
}

// knownCommand refuses what is no subcommand.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := &misuse{fmt.Errorf("unknown command %q", args[0])}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return &hint{err, cmd.Name() + " " + near[0]}
	}
	return &hint{err, cmd.Name() + " --help"}
}

// dbPath is the store that the command line names, or the default one.
func (p *program) dbPath() string {
	if p.global.db != "" {
		return p.global.db
	}
	return defaultDB()
}

// caDir is the folder of the CA that the command line names, or the default one.
func (p *program) caDir() string {
	if p.global.caDir != "" {
		return p.global.caDir
	}
	return defaultCADir()
}

func defaultDB() string    { return filepath.Join(xdg.DataHome, "spectap", "flows.db") }
func defaultCADir() string { return filepath.Join(xdg.DataHome, "spectap", "ca") }

// shorten writes the home folder as ~, so that help reads the same for everybody.
func shorten(path string) string {
	if rel, err := filepath.Rel(xdg.Home, path); err == nil && filepath.IsLocal(rel) {
		return filepath.Join("~", rel)
	}
	return path
}

// logger logs to stderr as the flags say.
func (p *program) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.global.logLevel)); err != nil {
		return nil, &misuse{fmt.Errorf("--log-level %q: must be debug, info, warn or error", p.global.logLevel)}
	}
	o := &slog.HandlerOptions{Level: level}
	switch p.global.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(p.stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(p.stderr, o)), nil
	}
	return nil, &misuse{fmt.Errorf("--log-format %q: must be text or json", p.global.logFormat)}
}
