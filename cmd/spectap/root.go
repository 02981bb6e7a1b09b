package main

import (
	"cmp"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/auth"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/cmd/spectap/cli/demo"
	"github.com/spectap/spectap/cmd/spectap/cli/document"
	"github.com/spectap/spectap/cmd/spectap/cli/flows"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/cmd/spectap/cli/hub"
	"github.com/spectap/spectap/cmd/spectap/cli/mock"
	"github.com/spectap/spectap/cmd/spectap/cli/page"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
)

const rootExample = `  spectap run -o api.yaml -- npm test           # record a test suite, write the document
  spectap browser https://shop.example.com      # record what you do in a browser
  spectap proxy                                 # record programs that use the proxy, until interrupted
  spectap export -o api.yaml                    # the document of the captured traffic
  spectap mcp                                   # let an agent read the capture (stdio)
  spectap serve api.yaml --base-url https://…   # let an agent call the API through guarded tools
  spectap demo                                  # try everything on a sample API`

func newRootCmd(p *cli.Program) *cobra.Command {
	root := &cobra.Command{
		Use:           "spectap",
		Short:         "Tap HTTP traffic, get an API that an agent can use safely",
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cli.KnownCommand,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			p.Cmd = cmd
			if err := cmp.Or(p.CheckDBs(cmd), hub.Check(p, cmd)); err != nil {
				return err
			}
			return p.CheckNamedFiles(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	p.RefuseUnknownHelp(root)
	p.FitHelp(root)
	f := root.PersistentFlags()
	f.Var(p.NewDBFlag(os.Getenv("SPECTAP_DB")), "db",
		"the `file` of the store, or nats://HOST:PORT/TEAM (env SPECTAP_DB; default "+cli.Shorten(cli.DefaultDB())+")")
	f.StringVar(&p.Global.CADir, "ca-dir", "", "the `folder` of the local CA (default "+cli.Shorten(cli.DefaultCADir())+")")
	f.StringVar(&p.Global.Config, "config", "",
		"the configuration `file` (env SPECTAP_CONFIG; default: the nearest "+cli.ConfigName+" in this folder or one above)")
	f.StringVar(&p.Global.Overrides, "overrides", "",
		"a YAML `file` of corrections to the inference (default: "+cli.OverridesName+" beside the store)")
	f.StringVar(&p.Global.LogLevel, "log-level", "warn", "lowest `level` to log to stderr: debug, info, warn, error")
	f.StringVar(&p.Global.LogFormat, "log-format", "text", "`format` of the log: text or json")
	root.SetFlagErrorFunc(cli.FlagError)
	computes := []*cobra.Command{
		document.NewExportCmd(p), document.NewExplainCmd(p), document.NewCheckCmd(p), document.NewCoverageCmd(p), document.NewVerifyCmd(p),
		document.NewWorkflowsCmd(p),
	}
	offline := []*cobra.Command{
		document.NewDiffCmd(p), document.NewValidateCmd(p), document.NewLintCmd(p), document.NewFilterCmd(p), document.NewBundleCmd(p), document.NewDocCmd(p),
		flows.NewRedactCmd(p),
	}
	for _, cmd := range slices.Concat(computes, offline) {
		cli.EndsAtOnce(cmd)
	}
	for _, cmd := range append(computes, flows.NewCmd(p), flows.NewReplayCmd(p), document.NewTestCmd(p), flows.NewSessionsCmd(p), flows.NewStoreCmd(p)) {
		root.AddCommand(hub.Follows(p, cmd, false))
	}
	root.AddCommand(offline...)
	root.AddCommand(hub.Follows(p, page.NewCmd(p), true), hub.Follows(p, servecli.NewMCPCmd(p), true),
		capture.NewRunCmd(p), capture.NewBrowserCmd(p), capture.NewProxyCmd(p), capture.NewImportCmd(p), hub.NewCmd(p), hub.NewWorkerCmd(p),
		servecli.NewCmd(p), mock.NewCmd(p), capture.NewCACmd(p), demo.NewCmd(p), newVersionCmd(p), newCompletionCmd(p), newManCmd(p),
		capture.NewInsideCmd(), servecli.NewClientCmd(p), document.NewModelCmd(p),
		gateway.NewCmd(p, servecli.CallerHeaders), gateway.NewPolicyCmd(p), gateway.NewAuditCmd(p), gateway.NewPinsCmd(p), gateway.NewGrantCmd(p),
		gateway.NewApprovalsCmd(p), auth.NewCmd(p), document.NewCorrectCmd(p), flows.NewRulesCmd(p), newEnvironmentTopic(), newExitStatusTopic(),
	)
	cli.TakeNone(root)
	cli.GroupCommands(root)
	cli.WithoutEmptyDefaults(root)
	return root
}
