package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/upstream"
	"github.com/spectap/spectap/mcptools/replay"
)

// upstreamFlags say how the gateway reaches its server by HTTP.
type upstreamFlags struct {
	url, tokenFile, header string
	variable               string   // of the token, "" for none
	tokenCommand           string   // as it is typed
	command                []string // its words
	oauth                  oauthClientFlags
}

// upstreamVariable holds the credential for the upstream.
const upstreamVariable = "SPECTAP_UPSTREAM_TOKEN"

func (f *upstreamFlags) register(cmd *cobra.Command) {
	f.variable = upstreamVariable
	fl := cmd.Flags()
	fl.StringVar(&f.url, "upstream", "", "the `URL` of an MCP server with streamable HTTP, instead of a command")
	fl.StringVar(&f.tokenFile, "upstream-token-file", "",
		"with --upstream: `file` of the server's token (default: the variable "+upstreamVariable+", or none)")
	fl.StringVar(&f.tokenCommand, "upstream-token-command", "",
		"with --upstream: a `command` that prints the server's token; its words are separated by spaces, and no shell reads it")
	f.oauth.register(cmd)
	fl.StringVar(&f.header, "upstream-header", "",
		"with --upstream: send the token in the header of this `name`, as it is (default: Authorization, as a bearer token)")
}

// check refuses flags that need --upstream, and several credentials.
func (f *upstreamFlags) check(cmd *cobra.Command) error {
	if f.url == "" {
		for _, name := range append([]string{"upstream-token-file", "upstream-header", "upstream-token-command"}, oauthClientFlagNames...) {
			if cmd.Flags().Changed(name) {
				return usagef(cmd, "--%s needs --upstream", name)
			}
		}
		return nil
	}
	f.command = strings.Fields(f.tokenCommand)
	if cmd.Flags().Changed("upstream-token-command") && len(f.command) == 0 {
		return usagef(cmd, "--upstream-token-command is empty")
	}
	if isMany(f.tokenFile != "", len(f.command) > 0, f.oauth.isSet()) {
		return usagef(cmd, "--upstream-token-file, --upstream-token-command and --upstream-oauth-client exclude each other")
	}
	if !f.oauth.isSet() {
		for _, name := range oauthClientFlagNames {
			if cmd.Flags().Changed(name) {
				return usagef(cmd, "--%s needs --upstream-oauth-client", name)
			}
		}
		return nil
	}
	if !cmd.Flags().Changed("upstream-oauth-resource") {
		f.oauth.resource = f.url
	}
	if err := f.oauth.check(); err != nil {
		return usagef(cmd, "--upstream-oauth-client: %w", err)
	}
	return nil
}

// gatewayDial returns how the gateway connects to a server: by URL, or to a process that it starts.
func (p *program) gatewayDial(f *upstreamFlags, command []string, log *slog.Logger) (jsonrpc.Dial, error) {
	if f.url != "" {
		return p.upstreamDial(f, log)
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		return nil, &hint{fmt.Errorf("start the MCP server: %w", err), "command -v " + quoteArg(command[0])}
	}
	return upstream.Child(command, p.stderr, 0), nil
}

// upstreamDial returns a dial for a server that is reached by URL.
func (p *program) upstreamDial(f *upstreamFlags, log *slog.Logger) (jsonrpc.Dial, error) {
	u, err := url.Parse(f.url)
	if err != nil {
		return nil, &misuse{fmt.Errorf("upstream %s: must be a URL", egress.WithoutUser(f.url))}
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	client, err := egress.New(egress.Config{Named: []string{f.url}, UserAgent: "spectap/" + version(), Redirects: -1})
	if err != nil {
		return nil, &hint{&misuse{fmt.Errorf("upstream %s: %w", egress.WithoutUser(f.url), err)}, "--upstream " + quoteArg(meantOrigin(f.url))}
	}
	credential, err := f.credential()
	if err != nil {
		return nil, err
	}
	remote := upstream.Remote{URL: u, Client: client, Secrets: secretsOfURL(u), Log: log}
	if credential != nil {
		remote.Credential = credential
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && (credential != nil || len(remote.Secrets) > 0) {
		fmt.Fprintln(p.stderr, "spectap: warning: the credential of the upstream is sent without TLS")
	}
	return upstream.ByURL(remote), nil
}

// secretsOfURL returns what redaction hides of a URL, decoded, and elements that look like keys:
// the address of a hosted server is often its credential.
func secretsOfURL(u *url.URL) (secrets []string) {
	raw := flow.Flow{Request: flow.Request{Scheme: u.Scheme, Authority: u.Host, Path: u.EscapedPath(), RawQuery: u.RawQuery}}
	redacted := redact.New(nil, redact.Config{}).Flow(raw)
	for _, secret := range replay.SecretsOf(&raw, &redacted) {
		secrets = append(secrets, secret)
	}
	elements := strings.Split(u.Path, "/")
	for _, values := range u.Query() {
		elements = append(elements, values...)
	}
	for _, e := range elements {
		// A name or a date of 16 characters has fewer places where letters and digits meet.
		if len(e) >= 16 && form.Count(e).DigitChanges >= 3 {
			secrets = append(secrets, e)
		}
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}

// credential returns the credential for the upstream, nil if there is none. A text or file that
// cannot be sent is an error at once.
func (f *upstreamFlags) credential() (*token.Token, error) {
	if f.header != "" {
		if err := egress.CheckHeader(f.header, "x"); err != nil {
			return nil, &misuse{fmt.Errorf("the upstream's token cannot be sent: %w", err)}
		}
	}
	text := ""
	if f.variable != "" {
		text = strings.TrimSpace(os.Getenv(f.variable))
	}
	var source token.Source
	switch {
	case f.oauth.isSet():
		c, err := f.oauth.source()
		if err != nil {
			return nil, err
		}
		return token.New(c, f.header), nil
	case len(f.command) > 0:
		if _, err := exec.LookPath(f.command[0]); err != nil {
			return nil, &hint{fmt.Errorf("find the command that prints the upstream's token: %w", err), "command -v " + quoteArg(f.command[0])}
		}
		return token.New(token.Command(f.command), f.header), nil
	case f.tokenFile != "":
		source = token.File(f.tokenFile)
	case text != "":
		source = token.Text(text)
	case f.header != "":
		return nil, &misuse{fmt.Errorf("the header %s of the upstream needs a token: in a file, or in the variable %s", f.header, cmp.Or(f.variable, upstreamVariable))}
	default:
		return nil, nil
	}
	t := token.New(source, f.header)
	if _, err := t.Get(context.Background()); err != nil { // nothing that could take long
		return nil, &misuse{fmt.Errorf("the upstream's token cannot be used: %w", err)}
	}
	return t, nil
}
