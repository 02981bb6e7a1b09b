package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
)

// globalFlags are the flags of all commands.
type globalFlags struct {
	db        string
	moreDBs   []string // further --db, of the commands that take several
	caDir     string
	config    string
	overrides string
	logLevel  string
	logFormat string
	session   string // of the commands that have --session
}

const rootExample = `  spectap run -o api.yaml -- npm test           # record a test suite, write the document
  spectap browser https://shop.example.com      # record what you do in a browser
  spectap proxy                                 # record programs that use the proxy, until interrupted
  spectap export -o api.yaml                    # the document of the captured traffic
  spectap mcp                                   # let an agent read the capture (stdio)
  spectap serve api.yaml --base-url https://…   # let an agent call the API through guarded tools
  spectap demo                                  # try everything on a sample API`

func newRootCmd(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:           "spectap",
		Short:         "Tap HTTP traffic, get an API that an agent can use safely",
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			p.cmd = cmd
			if err := cmp.Or(p.checkDBs(cmd), p.checkHub(cmd)); err != nil {
				return err
			}
			return p.checkNamedFiles(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	p.refuseUnknownHelp(root)
	p.fitHelp(root)
	f := root.PersistentFlags()
	f.Var(p.newDBFlag(os.Getenv("SPECTAP_DB")), "db",
		"the `file` of the store, or nats://HOST:PORT/TEAM (env SPECTAP_DB; default "+shorten(defaultDB())+")")
	f.StringVar(&p.global.caDir, "ca-dir", "", "the `folder` of the local CA (default "+shorten(defaultCADir())+")")
	f.StringVar(&p.global.config, "config", "",
		"the configuration `file` (env SPECTAP_CONFIG; default: the nearest "+configName+" in this folder or one above)")
	f.StringVar(&p.global.overrides, "overrides", "",
		"a YAML `file` of corrections to the inference (default: "+overridesName+" beside the store)")
	f.StringVar(&p.global.logLevel, "log-level", "warn", "lowest `level` to log to stderr: debug, info, warn, error")
	f.StringVar(&p.global.logFormat, "log-format", "text", "`format` of the log: text or json")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newRunCmd(p), newBrowserCmd(p), newProxyCmd(p), newImportCmd(p),
		p.followsHub(newFlowsCmd(p), false), p.followsHub(newReplayCmd(p), false), p.followsHub(newSessionsCmd(p), false), newHubCmd(p), newWorkerCmd(p),
		p.followsHub(endsAtOnce(newExportCmd(p)), false), p.followsHub(endsAtOnce(newExplainCmd(p)), false),
		p.followsHub(endsAtOnce(newCheckCmd(p)), false), p.followsHub(endsAtOnce(newCoverageCmd(p)), false),
		p.followsHub(endsAtOnce(newVerifyCmd(p)), false),
		p.followsHub(newUICmd(p), true), p.followsHub(newMCPCmd(p), true),
		newServeCmd(p), newCACmd(p), newDemoCmd(p), newVersionCmd(p), newCompletionCmd(p), newManCmd(p), newWebDriverCmd(p),
		endsAtOnce(newDiffCmd(p)), endsAtOnce(newValidateCmd(p)), endsAtOnce(newLintCmd(p)), endsAtOnce(newFilterCmd(p)), endsAtOnce(newDocCmd(p)),
		newClientCmd(p), newSystemProxyCmd(p), p.followsHub(newStoreCmd(p), false), newModelCmd(p),
		newGatewayCmd(p), newPolicyCmd(p), newAuditCmd(p), newPinsCmd(p), newGrantCmd(p), newApprovalsCmd(p), newCorrectCmd(p),
		newEnvironmentTopic(), newExitStatusTopic(),
	)
	p.addCompletions(root)
	suggest(root)
	withoutEmptyDefaults(root)
	return root
}

// checkNamedFiles returns the error of a file that a flag of all commands names. A mistake in the
// configuration is one of each command, also of one that reads no setting.
func (p *program) checkNamedFiles(cmd *cobra.Command) error {
	for flag, path := range map[string]string{"--config": p.global.config, "--overrides": p.global.overrides} {
		if path == "" || flag == "--overrides" && cmd.HasParent() && cmd.Parent().Name() == "correct" { // which makes it
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return namedFile(path, &misuse{fmt.Errorf("%s %s: %w", flag, path, plainPathError(err))})
		}
	}
	if p.global.config == "" {
		return nil
	}
	_, err := loadConfig(p.global.config)
	return err
}

// suggest lists words for what commands do that are not their names.
func suggest(root *cobra.Command) {
	for name, words := range map[string][]string{
		"proxy": {"start", "record", "capture", "listen", "intercept"}, "export": {"generate", "spec", "openapi", "document", "infer"},
		"flows": {"ls", "list", "show", "log", "logs", "traffic", "requests"}, "import": {"load", "har", "read"}, "ui": {"web", "page", "dashboard"},
		"run": {"exec", "wrap"}, "ca": {"cert", "certs", "certificate", "trust"}, "store": {"db", "stats"}, "doc": {"docs", "markdown"},
		"validate": {"valid"}, "mcp": {"agent", "tools"}, "serve": {"server", "mock"},
	} {
		for _, c := range root.Commands() {
			if c.Name() == name {
				c.SuggestFor = words
			}
		}
	}
}

// checkNames returns an error for what follows a command with commands of its own, if the command
// does not take it itself.
func checkNames(cmd *cobra.Command, names []string) error {
	if !cmd.Runnable() {
		return knownCommand(cmd, names)
	}
	return cmd.ValidateArgs(names)
}

// refuseUnknownHelp makes --help after an unknown command, and help of one, an error. The library
// would print the help of the command above it.
func (p *program) refuseUnknownHelp(root *cobra.Command) {
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if names := cmd.Flags().Args(); cmd.HasSubCommands() && len(names) > 0 {
			if p.unknown = checkNames(cmd, names); p.unknown != nil {
				return
			}
		}
		help(cmd, args)
	})
	root.SetHelpCommand(&cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",

		ValidArgsFunction: answer(subcommandsOf),
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 && cmd.HasSubCommands() {
				if err := checkNames(cmd, rest); err != nil {
					return err
				}
			}
			return cmd.Help()
		},
	})
}

// dbPath returns the path of the store: that of --db, else the default.
func (p *program) dbPath() string {
	if p.global.db != "" {
		return p.global.db
	}
	return defaultDB()
}

// caDir returns the folder of the CA: that of --ca-dir, else the default.
func (p *program) caDir() string {
	if p.global.caDir != "" {
		return p.global.caDir
	}
	return defaultCADir()
}

func defaultDB() string    { return filepath.Join(xdg.DataHome, "spectap", "flows.db") }
func defaultCADir() string { return filepath.Join(xdg.DataHome, "spectap", "ca") }

// shorten replaces the home folder by ~, so that the help text is the same for all users.
func shorten(path string) string {
	if rel, err := filepath.Rel(xdg.Home, path); err == nil && filepath.IsLocal(rel) {
		return filepath.Join("~", rel)
	}
	return path
}

// logger returns a logger to stderr, as the flags configure it.
func (p *program) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(p.global.logLevel)); err != nil {
		return nil, &hint{&misuse{fmt.Errorf("--log-level %q: must be debug, info, warn or error", p.global.logLevel)}, "--log-level debug"}
	}
	o := &slog.HandlerOptions{Level: level}
	switch p.global.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(p.stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(p.jsonErr(), o)), nil
	}
	return nil, &hint{&misuse{fmt.Errorf("--log-format %q: must be text or json", p.global.logFormat)}, "--log-format json"}
}
