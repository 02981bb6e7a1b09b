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

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/auth"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/signin"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/internal/address"
	"github.com/spectap/spectap/mcp/bridge"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/upstream"
	"github.com/spectap/spectap/mcptools/replay"
)

// upstreamFlags set how the gateway connects to its server over HTTP.
type upstreamFlags struct {
	URL          string            `yaml:"url"`
	TokenFile    string            `yaml:"token_file"`
	Variable     string            `yaml:"token_env"` // of the token, "" for none
	TokenCommand []string          `yaml:"token_command"`
	OAuth        *oauthClientFlags `yaml:"oauth"` // nil for none
	Login        bool              `yaml:"login"`
	Header       string            `yaml:"header"`
	tokenCommand string            // as it is typed
}

// UpstreamVariable holds the credential for the upstream.
const UpstreamVariable = "SPECTAP_UPSTREAM_TOKEN"

func (f *upstreamFlags) register(cmd *cobra.Command) {
	f.Variable = UpstreamVariable
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadServer, "upstream")()
	fl.StringVar(&f.URL, "upstream", "", "the `URL` of an MCP server with streamable HTTP, instead of a command")
	fl.StringVar(&f.TokenFile, "upstream-token-file", "",
		"with --upstream: `file` of the server's token (default: the variable "+UpstreamVariable+", or none)")
	fl.StringVar(&f.tokenCommand, "upstream-token-command", "",
		"with --upstream: a `command` that prints the server's token; its words are separated by spaces, and no shell reads it")
	fl.BoolVar(&f.Login, "upstream-login", false,
		"with --upstream: use the token of spectap auth login; if nobody is signed in, open a browser for that at the start")
	f.OAuth = new(oauthClientFlags)
	f.OAuth.register(cmd)
	fl.StringVar(&f.Header, "upstream-header", "",
		"with --upstream: send the token in the header of this `name`, as it is (default: Authorization, as a bearer token)")
}

// check returns an error for flags that need --upstream, and for more than one credential.
func (f *upstreamFlags) check(cmd *cobra.Command) error {
	flags := "upstream-token-file upstream-header upstream-token-command upstream-login " + oauthClientFlagNames
	if err := flagset.Check(cmd, flagset.Need(flags, "upstream", "")); err != nil || f.URL == "" {
		return err
	}
	f.TokenCommand = strings.Fields(f.tokenCommand)
	if cmd.Flags().Changed("upstream-token-command") && len(f.TokenCommand) == 0 {
		return cli.Usagef(cmd, "--upstream-token-command is empty")
	}
	if isMany(f.TokenFile != "", len(f.TokenCommand) > 0, f.OAuth.isSet(), f.Login) {
		return cli.Usagef(cmd, "--upstream-token-file, --upstream-token-command, --upstream-oauth-client and --upstream-login exclude each other")
	}
	if !f.OAuth.isSet() {
		return flagset.Check(cmd, flagset.Need(oauthClientFlagNames, "upstream-oauth-client", ""))
	}
	if !cmd.Flags().Changed("upstream-oauth-resource") {
		f.OAuth.Resource = nil
	}
	if err := f.OAuth.check(); err != nil {
		return cli.Usagef(cmd, "--upstream-oauth-client: %w", err)
	}
	return nil
}

// anyEra lets clients of every revision of MCP use a server of any other.
func anyEra(dial jsonrpc.Dial) jsonrpc.Dial { return bridge.Dial(dial, "spectap", cli.Version()) }

// upstreamDial returns a dial for a server that is reached by URL.
func upstreamDial(ctx context.Context, p *cli.Program, f *upstreamFlags, log *slog.Logger) (jsonrpc.Dial, error) {
	u, err := url.Parse(f.URL)
	if err != nil {
		return nil, cli.Misusef("upstream %s: must be a URL", egress.WithoutUser(f.URL))
	}
	u.Path = cmp.Or(u.Path, "/")
	u.Fragment = ""
	client, err := egress.New(egress.Config{Named: []string{f.URL}, UserAgent: "spectap/" + cli.Version(), Redirects: -1})
	if err != nil {
		return nil, cli.WithHint(cli.Misusef("upstream %s: %w", egress.WithoutUser(f.URL), err), "--upstream https://HOST")
	}
	credential, err := f.credential(ctx, p)
	if err != nil {
		return nil, err
	}
	remote := upstream.Remote{URL: u, Client: client, Secrets: secretsOfURL(u), Log: log}
	if credential != nil {
		remote.Credential = credential
	}
	if u.Scheme == "http" && !address.IsLoopback(u.Hostname()) && (credential != nil || len(remote.Secrets) > 0) {
		fmt.Fprintln(p.Stderr, "spectap: warning: the credential of the upstream is sent without TLS")
	}
	return anyEra(upstream.ByURL(remote)), nil
}

// secretsOfURL returns the decoded parts of a URL that redaction hides, and path elements that look
// like keys: the address of a hosted server is often its credential.
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

// credential returns the credential for the upstream, or nil if there is none. A text or file that
// cannot be sent is an error immediately. A person may have to sign in first.
func (f *upstreamFlags) credential(ctx context.Context, p *cli.Program) (*token.Token, error) {
	if f.Header != "" {
		if err := egress.CheckHeader(f.Header, "x"); err != nil {
			return nil, cli.Misusef("the upstream's token cannot be sent: %w", err)
		}
	}
	text := ""
	if f.Variable != "" {
		text = strings.TrimSpace(os.Getenv(f.Variable))
	}
	var source token.Source
	switch {
	case f.Login:
		return auth.Token(ctx, p, signin.Config{Server: f.URL, Typed: []string{f.URL}}, f.Header, false)
	case f.OAuth.isSet():
		c, err := f.OAuth.source(f.URL)
		if err != nil {
			return nil, err
		}
		return token.New(c, f.Header), nil
	case len(f.TokenCommand) > 0:
		if _, err := exec.LookPath(f.TokenCommand[0]); err != nil {
			return nil, cli.WithHint(fmt.Errorf("find the command that prints the upstream's token: %w", err), "command -v "+cli.QuoteArg(f.TokenCommand[0]))
		}
		return token.New(token.Command(f.TokenCommand), f.Header), nil
	case f.TokenFile != "":
		source = token.File(f.TokenFile)
	case text != "":
		source = token.Text(text)
	case f.Header != "":
		return nil, cli.Misusef("the header %s of the upstream needs a token: in a file, or in the variable %s", f.Header, cmp.Or(f.Variable, UpstreamVariable))
	default:
		return nil, nil
	}
	t := token.New(source, f.Header)
	if _, err := t.Get(ctx); err != nil { // does not wait for the network
		return nil, cli.Misusef("the upstream's token cannot be used: %w", err)
	}
	return t, nil
}

// oauthClientFlags set how the gateway gets a token for its server as a client of an OAuth issuer.
type oauthClientFlags struct {
	Issuer     string   `yaml:"issuer"`
	TokenURL   string   `yaml:"token_url"`
	ID         string   `yaml:"client"`
	SecretFile string   `yaml:"secret_file"`
	Variable   string   `yaml:"secret_env"` // with the secret, unless it is in the file
	Scopes     []string `yaml:"scopes"`
	Resource   *string  `yaml:"resource"` // nil for the URL of the server
}

// ClientVariable holds the secret of the client.
const ClientVariable = "SPECTAP_UPSTREAM_CLIENT_SECRET"

// oauthClientFlagNames are the flags that need --upstream-oauth-client.
const oauthClientFlagNames = "upstream-oauth-issuer upstream-oauth-token-url upstream-oauth-secret-file upstream-oauth-scope upstream-oauth-resource"

func (f *oauthClientFlags) register(cmd *cobra.Command) {
	f.Variable, f.Resource = ClientVariable, new(string)
	fl := cmd.Flags()
	fl.StringVar(&f.ID, "upstream-oauth-client", "", "with --upstream: get its token from an OAuth issuer, as the client with this `id`")
	fl.StringVar(&f.SecretFile, "upstream-oauth-secret-file", "",
		"with --upstream-oauth-client: `file` of the client's secret (default: the variable "+ClientVariable+")")
	fl.StringVar(&f.Issuer, "upstream-oauth-issuer", "", "with --upstream-oauth-client: the `URL` of the issuer, whose metadata names the token endpoint")
	fl.StringVar(&f.TokenURL, "upstream-oauth-token-url", "", "with --upstream-oauth-client: the `URL` of the token endpoint, instead of the issuer's")
	fl.StringArrayVar(&f.Scopes, "upstream-oauth-scope", nil, "with --upstream-oauth-client: ask for this `scope` (repeatable)")
	fl.StringVar(f.Resource, "upstream-oauth-resource", "",
		"with --upstream-oauth-client: what the token is for; an empty `URL` asks for no resource (default: that of --upstream)")
}

func (f *oauthClientFlags) isSet() bool {
	return f != nil && (f.ID != "" || f.Issuer != "" || f.TokenURL != "")
}

// check returns an error for settings with which no token can be obtained.
func (f *oauthClientFlags) check() error {
	switch {
	case f.ID == "":
		return errors.New("the id of the client is missing")
	case (f.Issuer == "") == (f.TokenURL == ""):
		return errors.New("name either the issuer or its token endpoint")
	case f.SecretFile != "" && f.Variable != "" && f.Variable != ClientVariable:
		return errors.New("the secret is either in a file or in a variable")
	}
	for _, u := range []string{f.Issuer, f.TokenURL} {
		if u == "" {
			continue
		}
		if err := oauth.CheckURL(u); err != nil {
			return fmt.Errorf("%s: %w", u, err)
		}
	}
	for _, s := range f.Scopes {
		if !oauth.IsScope(s) {
			return fmt.Errorf("the scope %q has characters that no scope has", s)
		}
	}
	return nil
}

// source returns the token source for a server.
func (f *oauthClientFlags) source(server string) (*token.Client, error) {
	if f.Resource != nil {
		server = *f.Resource
	}
	secret, where := "", "the file "+f.SecretFile
	if f.SecretFile != "" {
		data, err := cli.ReadFile(f.SecretFile, cli.MaxSettings)
		if err != nil {
			return nil, fmt.Errorf("read the secret of the OAuth client: %w", err)
		}
		secret = string(data)
	} else {
		name := cmp.Or(f.Variable, ClientVariable)
		secret, where = os.Getenv(name), "the variable "+name
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return nil, cli.Misusef("the secret of the OAuth client is missing: %s has none", where)
	}
	return &token.Client{
		TokenURL: f.TokenURL, Issuer: f.Issuer, ID: f.ID, Secret: secret, Scopes: f.Scopes, Resource: server,
		Fetch: IssuerDocuments(f.Issuer), UserAgent: "spectap/" + cli.Version(),
	}, nil
}
