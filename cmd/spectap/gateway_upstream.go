package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/gateway/jsonrpc"
	"github.com/spectap/spectap/gateway/upstream"
)

// upstreamFlags say how the gateway reaches its server by HTTP.
type upstreamFlags struct {
	url, tokenFile, header string
	variable               string // of the token, "" for none
}

// upstreamVariable holds the credential for the upstream.
const upstreamVariable = "SPECTAP_UPSTREAM_TOKEN"

func (f *upstreamFlags) register(cmd *cobra.Command) {
	f.variable = upstreamVariable
	fl := cmd.Flags()
	fl.StringVar(&f.url, "upstream", "", "the `URL` of an MCP server with streamable HTTP, instead of a command")
	fl.StringVar(&f.tokenFile, "upstream-token-file", "",
		"with --upstream: `file` of the server's token (default: the variable "+upstreamVariable+", or none)")
	fl.StringVar(&f.header, "upstream-header", "",
		"with --upstream: send the token in the header of this `name`, as it is (default: Authorization, as a bearer token)")
}

// check refuses flags that need --upstream.
func (f *upstreamFlags) check(cmd *cobra.Command) error {
	if f.url != "" {
		return nil
	}
	for _, name := range []string{"upstream-token-file", "upstream-header"} {
		if cmd.Flags().Changed(name) {
			return usagef(cmd, "--%s needs --upstream", name)
		}
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
		return nil, &misuse{fmt.Errorf("upstream %s: %w", egress.WithoutUser(f.url), err)}
	}
	credentials, err := f.credentials()
	if err != nil {
		return nil, err
	}
	if len(credentials) > 0 && u.Scheme == "http" && !isLoopback(u.Hostname()) {
		fmt.Fprintln(p.stderr, "spectap: warning: the credential of the upstream is sent without TLS")
	}
	return upstream.ByURL(upstream.Remote{URL: u, Client: client, Credentials: credentials, Log: log}), nil
}

// credentials returns the credential for the upstream, if there is one.
func (f *upstreamFlags) credentials() ([]egress.Credential, error) {
	token := ""
	if f.variable != "" {
		token = os.Getenv(f.variable)
	}
	if f.tokenFile != "" {
		data, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return nil, fmt.Errorf("read the upstream's token: %w", err)
		}
		token = string(data)
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "" && f.tokenFile != "":
		return nil, &misuse{fmt.Errorf("the file of the upstream's token, %s, is empty", f.tokenFile)}
	case token == "" && f.header != "":
		return nil, &misuse{fmt.Errorf("the header %s of the upstream needs a token: in a file, or in the variable %s", f.header, cmp.Or(f.variable, upstreamVariable))}
	case token == "":
		return nil, nil
	}
	c := egress.Credential{In: egress.InHeader, Name: "Authorization", Value: "Bearer " + token}
	if f.header != "" {
		c.Name, c.Value = f.header, token
	}
	if err := egress.CheckHeader(c.Name, c.Value); err != nil {
		return nil, &misuse{fmt.Errorf("the upstream's token cannot be sent: %w", err)}
	}
	return []egress.Credential{c}, nil
}
