package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/guard/oauth"
)

// oauthClientFlags say how the gateway gets a token for its server as a client of an OAuth issuer.
type oauthClientFlags struct {
	issuer, tokenURL, id, resource string
	secretFile, variable           string // where the secret is: one of them
	scopes                         []string
}

// clientVariable holds the secret of the client.
const clientVariable = "SPECTAP_UPSTREAM_CLIENT_SECRET"

// oauthClientFlagNames are the flags but --upstream-oauth-client, which the others need.
var oauthClientFlagNames = []string{
	"upstream-oauth-issuer", "upstream-oauth-token-url", "upstream-oauth-secret-file", "upstream-oauth-scope", "upstream-oauth-resource",
}

func (f *oauthClientFlags) register(cmd *cobra.Command) {
	f.variable = clientVariable
	fl := cmd.Flags()
	fl.StringVar(&f.id, "upstream-oauth-client", "", "with --upstream: get its token from an OAuth issuer, as the client with this `id`")
	fl.StringVar(&f.secretFile, "upstream-oauth-secret-file", "",
		"with --upstream-oauth-client: `file` of the client's secret (default: the variable "+clientVariable+")")
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
	case f.secretFile != "" && f.variable != "" && f.variable != clientVariable:
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
		data, err := readFile(f.secretFile, maxSettings)
		if err != nil {
			return nil, fmt.Errorf("read the secret of the OAuth client: %w", err)
		}
		secret = string(data)
	} else {
		name := f.variable
		if name == "" {
			name = clientVariable
		}
		secret, where = os.Getenv(name), "the variable "+name
	}
	if secret = strings.TrimSpace(secret); secret == "" {
		return nil, &misuse{fmt.Errorf("the secret of the OAuth client is missing: %s has none", where)}
	}
	return &token.Client{
		TokenURL: f.tokenURL, Issuer: f.issuer, ID: f.id, Secret: secret, Scopes: f.scopes, Resource: f.resource,
		Fetch: issuerDocuments(f.issuer), UserAgent: "spectap/" + version(),
	}, nil
}
