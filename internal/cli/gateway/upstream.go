package gateway

import (
	"cmp"
	"context"
	"errors"
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
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/internal/cli/flagset"
	"github.com/spectap/spectap/mcp/bridge"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
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

// UpstreamVariable holds the credential for the upstream.
const UpstreamVariable = "SPECTAP_UPSTREAM_TOKEN"

func (f *upstreamFlags) register(cmd *cobra.Command) {
	f.variable = UpstreamVariable
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadServer, "upstream")()
	fl.StringVar(&f.url, "upstream", "", "the `URL` of an MCP server with streamable HTTP, instead of a command")
	fl.StringVar(&f.tokenFile, "upstream-token-file", "",
		"with --upstream: `file` of the server's token (default: the variable "+UpstreamVariable+", or none)")
	fl.StringVar(&f.tokenCommand, "upstream-token-command", "",
		"with --upstream: a `command` that prints the server's token; its words are separated by spaces, and no shell reads it")
	f.oauth.register(cmd)
	fl.StringVar(&f.header, "upstream-header", "",
		"with --upstream: send the token in the header of this `name`, as it is (default: Authorization, as a bearer token)")
}

// check refuses flags that need --upstream, and several credentials.
func (f *upstreamFlags) check(cmd *cobra.Command) error {
	flags := "upstream-token-file upstream-header upstream-token-command " + oauthClientFlagNames
	if err := flagset.Check(cmd, flagset.Need(flags, "upstream", "")); err != nil || f.url == "" {
		return err
	}
	f.command = strings.Fields(f.tokenCommand)
	if cmd.Flags().Changed("upstream-token-command") && len(f.command) == 0 {
		return cli.Usagef(cmd, "--upstream-token-command is empty")
	}
	if isMany(f.tokenFile != "", len(f.command) > 0, f.oauth.isSet()) {
		return cli.Usagef(cmd, "--upstream-token-file, --upstream-token-command and --upstream-oauth-client exclude each other")
	}
	if !f.oauth.isSet() {
		return flagset.Check(cmd, flagset.Need(oauthClientFlagNames, "upstream-oauth-client", ""))
	}
	if !cmd.Flags().Changed("upstream-oauth-resource") {
		f.oauth.resource = f.url
	}
	if err := f.oauth.check(); err != nil {
		return cli.Usagef(cmd, "--upstream-oauth-client: %w", err)
	}
	return nil
}

// gatewayDial returns how the gateway connects to a server: by URL, or to a process that it starts.
func gatewayDial(p *cli.Program, f *upstreamFlags, command []string, log *slog.Logger) (jsonrpc.Dial, error) {
	if f.url != "" {
		return upstreamDial(p, f, log)
	}
	if _, err := exec.LookPath(command[0]); err != nil {
		return nil, cli.WithHint(fmt.Errorf("start the MCP server: %w", err), "command -v "+cli.QuoteArg(command[0]))
	}
	return anyEra(upstream.Child(command, p.Stderr, 0)), nil
}

// anyEra lets clients of every revision of MCP use a server of any other.
func anyEra(dial jsonrpc.Dial) jsonrpc.Dial { return bridge.Dial(dial, "spectap", cli.Version()) }

// upstreamDial returns a dial for a server that is reached by URL.
func upstreamDial(p *cli.Program, f *upstreamFlags, log *slog.Logger) (jsonrpc.Dial, error) {
	u, err := url.Parse(f.url)
	if err != nil {
		return nil, cli.Misusef("upstream %s: must be a URL", egress.WithoutUser(f.url))
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.Fragment = ""
	client, err := egress.New(egress.Config{Named: []string{f.url}, UserAgent: "spectap/" + cli.Version(), Redirects: -1})
	if err != nil {
		return nil, cli.WithHint(cli.Misusef("upstream %s: %w", egress.WithoutUser(f.url), err), "--upstream https://HOST")
	}
	credential, err := f.credential()
	if err != nil {
		return nil, err
	}
	remote := upstream.Remote{URL: u, Client: client, Secrets: secretsOfURL(u), Log: log}
	if credential != nil {
		remote.Credential = credential
	}
	if u.Scheme == "http" && !flagset.IsLoopback(u.Hostname()) && (credential != nil || len(remote.Secrets) > 0) {
		fmt.Fprintln(p.Stderr, "spectap: warning: the credential of the upstream is sent without TLS")
	}
	return anyEra(upstream.ByURL(remote)), nil
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
		if isKeyLike(e) {
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
			return nil, cli.Misusef("the upstream's token cannot be sent: %w", err)
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
			return nil, cli.WithHint(fmt.Errorf("find the command that prints the upstream's token: %w", err), "command -v "+cli.QuoteArg(f.command[0]))
		}
		return token.New(token.Command(f.command), f.header), nil
	case f.tokenFile != "":
		source = token.File(f.tokenFile)
	case text != "":
		source = token.Text(text)
	case f.header != "":
		return nil, cli.Misusef("the header %s of the upstream needs a token: in a file, or in the variable %s", f.header, cmp.Or(f.variable, UpstreamVariable))
	default:
		return nil, nil
	}
	t := token.New(source, f.header)
	if _, err := t.Get(context.Background()); err != nil { // nothing that could take long
		return nil, cli.Misusef("the upstream's token cannot be used: %w", err)
	}
	return t, nil
}

// oauthClientFlags say how the gateway gets a token for its server as a client of an OAuth issuer.
type oauthClientFlags struct {
	issuer, tokenURL, id, resource string
	secretFile, variable           string // where the secret is: one of them
	scopes                         []string
}

// ClientVariable holds the secret of the client.
const ClientVariable = "SPECTAP_UPSTREAM_CLIENT_SECRET"

// oauthClientFlagNames are the flags but --upstream-oauth-client, which the others need.
const oauthClientFlagNames = "upstream-oauth-issuer upstream-oauth-token-url upstream-oauth-secret-file upstream-oauth-scope upstream-oauth-resource"

func (f *oauthClientFlags) register(cmd *cobra.Command) {
	f.variable = ClientVariable
	fl := cmd.Flags()
	fl.StringVar(&f.id, "upstream-oauth-client", "", "with --upstream: get its token from an OAuth issuer, as the client with this `id`")
	fl.StringVar(&f.secretFile, "upstream-oauth-secret-file", "",
		"with --upstream-oauth-client: `file` of the client's secret (default: the variable "+ClientVariable+")")
	fl.StringVar(&f.issuer, "upstream-oauth-issuer", "", "with --upstream-oauth-client: the `URL` of the issuer, whose metadata names the token endpoint")
	fl.StringVar(&f.tokenURL, "upstream-oauth-token-url", "", "with --upstream-oauth-client: the `URL` of the token endpoint, instead of the issuer's")
	fl.StringArrayVar(&f.scopes, "upstream-oauth-scope", nil, "with --upstream-oauth-client: ask for this `scope` (repeatable)")
	fl.StringVar(&f.resource, "upstream-oauth-resource", "",
		"with --upstream-oauth-client: what the token is for; an empty `URL` asks for no resource (default: that of --upstream)")
}

func (f *oauthClientFlags) isSet() bool { return f.id != "" || f.issuer != "" || f.tokenURL != "" }

// check refuses settings that give no token.
func (f *oauthClientFlags) check() error {
	switch {
	case f.id == "":
		return errors.New("the id of the client is missing")
	case (f.issuer == "") == (f.tokenURL == ""):
		return errors.New("name either the issuer or its token endpoint")
	case f.secretFile != "" && f.variable != "" && f.variable != ClientVariable:
		return errors.New("the secret is either in a file or in a variable")
	}
	for _, u := range []string{f.issuer, f.tokenURL} {
		if u == "" {
			continue
		}
		if err := oauth.CheckURL(u); err != nil {
			return fmt.Errorf("%s: %w", u, err)
		}
	}
	for _, s := range f.scopes {
		if !oauth.IsScope(s) {
			return fmt.Errorf("the scope %q has characters that no scope has", s)
		}
	}
	return nil
}

// source returns what asks for tokens.
func (f *oauthClientFlags) source() (*token.Client, error) {
	secret, where := "", "the file "+f.secretFile
	if f.secretFile != "" {
		data, err := cli.ReadFile(f.secretFile, cli.MaxSettings)
		if err != nil {
			return nil, fmt.Errorf("read the secret of the OAuth client: %w", err)
		}
		secret = string(data)
	} else {
		name := cmp.Or(f.variable, ClientVariable)
		secret, where = os.Getenv(name), "the variable "+name
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return nil, cli.Misusef("the secret of the OAuth client is missing: %s has none", where)
	}
	return &token.Client{
		TokenURL: f.tokenURL, Issuer: f.issuer, ID: f.id, Secret: secret, Scopes: f.scopes, Resource: f.resource,
		Fetch: IssuerDocuments(f.issuer), UserAgent: "spectap/" + cli.Version(),
	}, nil
}
