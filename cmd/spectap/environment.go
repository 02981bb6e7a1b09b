package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/auth"
	"github.com/spectap/spectap/cmd/spectap/cli/capture"
	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/mcp/vouch"
)

// variable is an environment variable that the program reads.
type variable struct{ name, meaning string }

// variables are the program's own variables, and others that it takes as settings.
var variables = []variable{
	{"SPECTAP_DB", "the store (--db)"},
	{cli.ConfigEnv, "the configuration file (--config); empty: none"},
	{capture.HostEnv, "the host that the proxy listens on; --listen and the file come before it"},
	{capture.PortEnv, "the port that the proxy listens on; --listen and the file come before it"},
	{capture.ProxyAuthEnv, "USER:PASSWORD of clients on other machines, with --allow-remote"},
	{capture.UpstreamProxyEnv, "the proxy that the proxy connects through (--upstream-proxy), with its credentials"},
	{"SPECTAP_APPROVAL_WEBHOOK", "--approval-webhook of serve, mcp and gateway"},
	{"SPECTAP_SOCKET_DIR", "the only folder of the sockets by which commands find gateways and the process that has a store open; it has mode 0700"},
	{"SPECTAP_MCP_TOKEN", "the token of spectap client for an MCP server"},
	{"OPENAPI_BASE_URL", "--base-url of serve"},
	{"API_KEY", "the API key of serve, for the scheme that it fits"},
	{"BEARER_TOKEN", "the bearer token of serve, for the scheme that it fits"},
	{"BASIC_AUTH", "USER:PASSWORD of serve, for the scheme that it fits"},
	{"SPECTAP_AUTH_SCHEME", "the credential of serve for the security scheme SCHEME, in upper case"},
	{"SPECTAP_AUTH_SCHEME_CLIENT_ID", "the OAuth client of serve for the scheme; also with _CLIENT_SECRET, _REFRESH_TOKEN, _SCOPE and _TOKEN_URL"},
	{auth.SecretVariable, "the secret of the client of auth login --client-id"},
	{gateway.UpstreamVariable, "the token of gateway for --upstream"},
	{gateway.ClientVariable, "the secret of the OAuth client of gateway for --upstream"},
	{vouch.Variable, "what gateway gives the serve or mcp that it starts, which then takes its word of who calls, and that a person approved a call"},
	{"INCLUDE_DESC_REGEX", "--include-desc-regex of serve"},
	{"EXCLUDE_DESC_REGEX", "--exclude-desc-regex of serve"},
}

// standardVariables are variables of the system, of shells and of other programs.
var standardVariables = []variable{
	{"NO_PROXY", "hosts that the proxy reaches without --upstream-proxy; no_proxy means the same"},
	{"OTEL_EXPORTER_OTLP_ENDPOINT", "the collector of OpenTelemetry for traces, such as http://127.0.0.1:4318; its other variables apply, too"},
	{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "the whole URL to which traces are posted; it comes before the other one"},
	{"OTEL_TRACES_EXPORTER", "another text than otlp: no traces"},
	{"OTEL_SDK_DISABLED", "true: no traces"},
	{"NO_COLOR", "any value: no colours in the terminal (https://no-color.org)"},
	{"TERM", "dumb: no colours and no line editor"},
	{"GOGC", "when it is set, spectap does not choose its own limits of memory; see the package runtime of Go"},
	{"GOMEMLIMIT", "when it is set, spectap does not choose its own limits of memory; see the package runtime of Go"},
	{"XDG_DATA_HOME", "the folder of data, in which the folder spectap has the default store, the CA and the tokens of auth login"},
	{"XDG_STATE_HOME", "the folder of state, in which the folder spectap has former corrections and exports, digests of the files that " +
		"-o wrote, and what was typed in client"},
	{"XDG_CACHE_HOME", "the folder of caches, in which the folder spectap has copies of hubs"},
	{"XDG_CONFIG_HOME", "where install finds the configuration of MCP clients; on Windows APPDATA"},
	{"CLAUDE_CONFIG_DIR", "where install finds the configuration of Claude Code"},
	{"CODEX_HOME", "where install finds the configuration of Codex"},
	{"GITHUB_ACTIONS", "output hides commands of build services from the log; TF_BUILD and TEAMCITY_VERSION mean the same"},
	{"XDG_RUNTIME_DIR", "without SPECTAP_SOCKET_DIR, where the folder spectap-UID of those sockets is"},
	{"DISPLAY", "whether there is a desktop to open a browser on; WAYLAND_DISPLAY means the same"},
	{"SSH_CONNECTION", "when it is set, sign-ins open no browser: it would open on another machine than that of the person"},
	{"JAVA_HOME", "the Java whose trust store ca install changes"},
}

// newEnvironmentTopic returns the help topic about environment variables. It is not a command.
func newEnvironmentTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Environment variables. A flag comes before its variable.\n\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "  %-30s %s\n", v.name, v.meaning)
	}
	b.WriteString("\nOf the system and of other programs:\n\n")
	for _, v := range standardVariables {
		fmt.Fprintf(&b, "  %-30s %s\n", v.name, v.meaning)
	}
	return &cobra.Command{Use: "environment", Short: "Environment variables that spectap reads", Long: strings.TrimSuffix(b.String(), "\n")}
}

// statusMeaning describes an exit status.
type statusMeaning struct{ status, meaning string }

var exitStatuses = []statusMeaning{
	{fmt.Sprint(cli.ExitFine), "the command worked"},
	{fmt.Sprint(cli.ExitFailed), "the command could not do its work; the reason and what to try are on stderr"},
	{fmt.Sprint(cli.ExitMisuse), "the command line is wrong"},
	{fmt.Sprint(cli.ExitFound), "the command worked and found something: a difference, a broken rule, a lost flow"},
	{fmt.Sprintf("%d, %d", cli.ExitSignal+2, cli.ExitSignal+15), "an interrupt or SIGTERM ended the command; commands that run until then exit with 0"},
}

// newExitStatusTopic returns the help topic about exit statuses. It is not a command.
func newExitStatusTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Exit statuses of all commands.\n\n")
	for _, s := range exitStatuses {
		fmt.Fprintf(&b, "  %-9s %s\n", s.status, s.meaning)
	}
	b.WriteString("\nspectap run exits with the status of the command that it runs.")
	return &cobra.Command{Use: "exit-status", Short: "Exit statuses of the commands", Long: b.String()}
}

func newVersionCmd(p *cli.Program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  spectap version
  spectap version --json`,
		RunE: func(*cobra.Command, []string) error {
			if p.JSON {
				return p.PrintIndentedJSON(struct {
					Version string `json:"version"`
					Go      string `json:"go"`
					OS      string `json:"os"`
					Arch    string `json:"arch"`
				}{cli.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH})
			}
			_, err := fmt.Fprintln(p.Stdout, versionLine())
			return err
		},
	}
	p.AddJSON(cmd, "print JSON")
	return cmd
}

// versionLine returns the version of the program, of Go and of the system.
func versionLine() string {
	return fmt.Sprintf("spectap %s %s %s/%s", cli.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
